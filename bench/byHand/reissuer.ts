import fastify, { type FastifyInstance } from "fastify";
import { hashOfToken } from "../../src/identity/sessionToken.js";
import type { FreshDatabase } from "../../test/support/engine.js";
import { reissue, statements, type ByHand, type Reissued } from "./reissue.js";
import { openTransactions } from "./Transactions.js";

/** The hand-written server over one database. */
export interface Reissuer {
  reissue(request: ByHand, now: Date): Promise<Reissued>;
  /** Whose session this is: user, login ID, session, contract, bank. */
  whoBears(token: string): Promise<string[]>;
  close(): Promise<unknown>;
}

const SESSION = `SELECT s.user_id, u.login_id, s.id, u.contract_id, u.bank_id FROM sessions s JOIN users u ON u.id = s.user_id JOIN banks b ON b.id = u.bank_id
                  WHERE s.token_hash = ? AND s.is_current = 1`;

export function openReissuer(database: FreshDatabase, connections: number): Reissuer {
  const transactions = openTransactions(database, connections, { ...statements, session: SESSION });
  return {
    reissue: (request, now) => transactions.run((at) => reissue(request, now, at)),
    whoBears: async (token) => ((await transactions.ask("session", [hashOfToken(token)]))[0] ?? []) as string[],
    close: () => transactions.close(),
  };
}

/** One route, as one would write it by hand: whose token, the transaction, the same facts as JSON. */
export function reissueRoute(reissuer: Reissuer, now: () => Date): FastifyInstance {
  const app = fastify({ logger: false });
  app.post<{ Body: { userId: string; expectedVersion: number; idempotencyKey: string } }>("/reissue", async ({ headers, body, id }) => {
    const [userId = "", loginId = "", sessionId = "", contractId = "", bankId = ""] = await reissuer.whoBears((headers.authorization ?? "").slice(7));
    const master = { userId, loginId, sessionId, contractId, bankId, requestId: id, address: "127.0.0.1" };
    const done = await reissuer.reissue({ master, userId: body.userId, version: body.expectedVersion, idempotencyKey: body.idempotencyKey }, now());
    return { user: { id: body.userId, version: body.expectedVersion + 1, displayName: done.displayName }, certificate: { id: done.certificateId, status: "PENDING" }, enrollmentCode: done.code };
  });
  return app;
}
