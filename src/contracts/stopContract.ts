import { In, IsNull, Not, type EntityManager } from "typeorm";
import type { Desk } from "../foundation/desk.js";
import { Refusal } from "../foundation/refusals.js";
import { Contract } from "../identity/Contract.js";
import { performAs } from "../identity/performAs.js";
import { Session } from "../identity/Session.js";
import { User } from "../identity/User.js";
import type { Actor } from "../policy/Actor.js";
import { authorize, authorizeRole } from "../policy/authorize.js";

/**
 * WEB-FB取引停止: stops the Master's own contract at once. Nobody of it signs in any more, every session but the Master's
 * own ends, and nothing is changed: the Master may still revoke. What the bank was asked for on its behalf before is void. Only the bank starts it again. What protects must be
 * quick: no version and no password is asked for. Refuses with MASTER_ONLY, ALREADY_STOPPED.
 */
export function stopContract(desk: Desk, actor: Actor, { note = null }: { note?: string | null } = {}): Promise<Contract> {
  return performAs(desk, actor, { action: "CONTRACT_STOP", note }, async (tx, findings) => {
    authorizeRole(actor, "stop", "Contract");
    const id = actor.contractId ?? ""; // its own, whoever asks
    const { bankId } = await tx.findOneByOrFail(Contract, { id });
    authorize(actor, "stop", "Contract", { contractId: id, bankId });

    const now = desk.clock.now();
    // A sign-in writes the same row: it comes wholly before, and its session ends below, or wholly after, and is refused.
    const { affected } = await tx.update(Contract, { id, stoppedAt: IsNull() }, { stoppedAt: now, version: () => "version + 1" });
    if (affected !== 1) throw new Refusal("ALREADY_STOPPED");
    // Whoever asked the bank for something in the Master's name may be the one that it fears: its requests are void now.
    await tx.increment(User, { id: actor.userId }, "version", 1);
    const contract = await tx.findOneByOrFail(Contract, { id });
    const master = await tx.findOneByOrFail(User, { id: actor.userId });
    const endedSessions = await endOthersSessions(tx, actor, contract, now);
    findings.target = master;
    findings.before = { version: master.version - 1, contractVersion: contract.version - 1, contractStatus: "ACTIVE" };
    findings.after = { version: master.version, contractVersion: contract.version, contractStatus: "STOPPED", stoppedAt: now, endedSessions };
    return contract;
  });
}

/** Of everybody of the contract but whoever stops it. How many there were. */
async function endOthersSessions(tx: EntityManager, actor: Actor, { id: contractId }: Contract, now: Date): Promise<number> {
  const others = await tx.find(User, { select: { id: true }, where: { contractId, id: Not(actor.userId) } });
  const ids = others.map(({ id }) => id);
  const ended = { isCurrent: null, endedAt: now, endReason: "CONTRACT_STOPPED" } as const;
  const { affected } = await tx.update(Session, { userId: In(ids), isCurrent: 1 }, ended);
  return affected ?? 0;
}
