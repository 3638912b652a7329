import { repeatable } from "../foundation/database/Database.js";
import type { Desk } from "../foundation/desk.js";
import { Refusal } from "../foundation/refusals.js";
import { Bank } from "../identity/Bank.js";
import type { Actor } from "../policy/Actor.js";
import { whyNever } from "../policy/authorize.js";
import { statusAt } from "../policy/certificateLifecycle.js";
import { Certificate } from "./Certificate.js";
import { isCode } from "./enrollmentCode.js";

/** What came of a code, and for which record it was checked. */
export type CodeProof = { of: string; proof: "RIGHT" | "WRONG" | "LOCKED" } | "MISSING" | "NOT_ASKED";

/**
 * Checks the one-time code of the actor's pending record. The try is taken first and given back when it was right: of
 * any number at once no more than the bank allows are looked at, and after them the code is worth nothing any more.
 */
export async function proveEnrollmentCode(desk: Desk, actor: Actor, code: string | null): Promise<CodeProof> {
  if (whyNever(actor, "enroll", "Certificate")) return "NOT_ASKED"; // no try is taken for a role that may not
  const pending = await desk.db.reads.findOneBy(Certificate, { userId: actor.userId, isCurrent: 1, state: "PENDING" });
  const bank = await desk.db.reads.findOneBy(Bank, { id: actor.bankId });
  if (!pending || !bank || statusAt(pending, desk.clock.now()) !== "PENDING") return "NOT_ASKED";
  if (code === null || code.trim() === "") return "MISSING";

  const { id, enrollmentCodeHash } = pending;
  if (!(await takeTry(desk, id, bank.triesAllowed))) return { of: id, proof: "LOCKED" };
  if (enrollmentCodeHash === null || !isCode(code, enrollmentCodeHash)) return { of: id, proof: "WRONG" };
  await desk.db.transaction((tx) => tx.update(Certificate, { id }, { wrongCodes: 0 }), repeatable);
  return { of: id, proof: "RIGHT" };
}

/** Refuses with ENROLLMENT_CODE_REQUIRED, _WRONG or _LOCKED; also a code that was right for another record than this one. */
export function demandEnrollmentCode(proven: CodeProof, certificate: Certificate): void {
  const path = ["enrollmentCode"];
  if (proven === "MISSING" || proven === "NOT_ASKED") throw new Refusal("ENROLLMENT_CODE_REQUIRED", { path });
  if (proven.proof === "LOCKED") throw new Refusal("ENROLLMENT_CODE_LOCKED", { path });
  if (proven.proof === "WRONG" || proven.of !== certificate.id) throw new Refusal("ENROLLMENT_CODE_WRONG", { path });
}

function takeTry(desk: Desk, id: string, triesAllowed: number): Promise<boolean> {
  return desk.db.transaction(async (tx) => {
    const { affected } = await tx.createQueryBuilder().update(Certificate).set({ wrongCodes: () => "wrong_codes + 1" })
      .where("id = :id AND state = 'PENDING' AND wrong_codes < :triesAllowed", { id, triesAllowed })
      .execute();
    return affected === 1;
  }, repeatable);
}
