import { repeatable } from "../foundation/database/Database.js";
import { instantOrNull } from "../foundation/database/rows.js";
import { updateRows } from "../foundation/database/updateRows.js";
import { withoutDeadline } from "../foundation/deadline.js";
import type { Desk } from "../foundation/desk.js";
import { Refusal } from "../foundation/refusals.js";
import type { Actor } from "../policy/Actor.js";
import { whyNever } from "../policy/authorize.js";
import { statusAt } from "../policy/certificateLifecycle.js";
import { Certificate } from "./Certificate.js";
import { isCode } from "./enrollmentCode.js";

/** What came of a code, and for which record it was checked. */
export type CodeProof = { of: string; proof: "RIGHT" | "WRONG" | "LOCKED" } | "MISSING" | "NOT_ASKED";

/**
 * Checks the one-time code of the actor's pending record. The try is taken first and given back when it was right, with
 * the key's acceptance or by `giveTryBack`: of any number at once no more than the bank allows are looked at, and after them
 * the code is worth nothing any more.
 */
export async function proveEnrollmentCode(desk: Desk, actor: Actor, code: string | null): Promise<CodeProof> {
  if (whyNever(actor, "enroll", "Certificate")) return "NOT_ASKED"; // no try is taken for a role that may not
  const [pending]: PendingRow[] = await desk.db.reads.query(
    `SELECT c.id, c.enrollment_code_hash, c.enrollment_deadline, b.tries_allowed FROM certificates c JOIN banks b ON b.id = c.bank_id
      WHERE c.user_id = ? AND c.is_current = 1 AND c.state = 'PENDING'`,
    [actor.userId],
  );
  if (!pending || statusAt({ state: "PENDING", enrollmentDeadline: instantOrNull(pending.enrollment_deadline), notAfter: null, keptUntil: null }, desk.clock.now()) !== "PENDING") return "NOT_ASKED";
  if (code === null || code.trim() === "") return "MISSING";

  const { id, enrollment_code_hash: hash, tries_allowed: triesAllowed } = pending;
  if (!(await takeTry(desk, id, triesAllowed))) return { of: id, proof: "LOCKED" };
  return { of: id, proof: hash !== null && isCode(code, hash) ? "RIGHT" : "WRONG" };
}

interface PendingRow {
  id: string;
  enrollment_code_hash: string | null;
  enrollment_deadline: Date | string | null;
  tries_allowed: number;
}

/** Where the code was right and its record is pending all the same: none of its tries is used up. However late it is. */
export async function giveTryBack(desk: Desk, proven: CodeProof): Promise<void> {
  if (proven === "MISSING" || proven === "NOT_ASKED" || proven.proof !== "RIGHT") return;
  await withoutDeadline(() => desk.db.transaction((tx) => updateRows(tx, Certificate, { id: proven.of, state: "PENDING" }, { wrongCodes: 0 }), repeatable));
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
    const condition = { sql: "wrong_codes < ?", params: [triesAllowed] };
    return (await updateRows(tx, Certificate, { id, state: "PENDING" }, {}, { set: "wrong_codes = wrong_codes + 1", condition })) === 1;
  }, repeatable);
}
