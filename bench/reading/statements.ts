import { certificateBySerial } from "../../src/certificates/readCertificates.js";
import { systemClock } from "../../src/foundation/clock.js";
import type { Reads } from "../../src/foundation/database/Database.js";
import type { Desk } from "../../src/foundation/desk.js";
import { recognize } from "../../src/identity/sessions.js";
import type { Actor } from "../../src/policy/Actor.js";
import { findUsers, usersByIds } from "../../src/users/readUsers.js";

/** A statement of the house's own, as it was sent, with its values. */
export interface Statement {
  sql: string;
  params: unknown[];
}

const ORIGIN = { requestId: "bench", address: null };
const ANY_ID = "0".repeat(26);
const ignore = () => undefined;
const NO_LOG = { info: ignore, warn: ignore, error: ignore };

/** The house's own statements, taken from its use cases: the peers send the very same, whatever becomes of them. */
export const sessionStatement = (token: string) => sentBy((desk) => recognize(desk, token, null, ORIGIN).catch(() => undefined));
export const pageStatement = (actor: Actor, first: number) => sentBy((desk) => findUsers(desk, actor, {}, { field: "LOGIN_ID", direction: "ASC" }, { first, after: null }));
export const userStatement = (actor: Actor) => sentBy((desk) => usersByIds(desk, actor, [ANY_ID]));
export const serialStatement = (actor: Actor) => sentBy((desk) => certificateBySerial(desk, actor, "00"));

async function sentBy(useCase: (desk: Desk) => Promise<unknown>): Promise<Statement> {
  const sent: Statement[] = [];
  const reads = { query: (sql: string, params: unknown[]) => { sent.push({ sql, params }); return Promise.resolve([]); } } as unknown as Reads;
  const engine = process.env.BENCH_DATABASE?.startsWith("mysql://") ? "mariadb" : "sqlite";
  await useCase({ db: { engine, reads, instant: (at: Date) => at } as Desk["db"], clock: systemClock, log: NO_LOG });
  const [statement] = sent;
  if (!statement || sent.length > 1) throw new Error("a use case that sends another number of statements than one");
  return statement;
}
