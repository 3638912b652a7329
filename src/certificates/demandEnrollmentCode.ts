import type { EntityManager } from "typeorm";
import { updateRows } from "../foundation/database/updateRows.js";
import { Refusal } from "../foundation/refusals.js";
import { Certificate } from "./Certificate.js";
import { isCode } from "./enrollmentCode.js";

/**
 * Looks at the one-time code of a pending record, within the deed: its session's row is held meanwhile, so of several at once
 * each sees what the one before it has used up, and a wrong one is counted before anybody hears that it is wrong. After as many
 * as the bank allows the code is worth nothing any more. Refuses with ENROLLMENT_CODE_REQUIRED, _WRONG or _LOCKED, CONFLICT.
 */
export async function demandEnrollmentCode(tx: EntityManager, pending: Certificate, triesAllowed: number, code: string | null): Promise<void> {
  const path = ["enrollmentCode"];
  if (code === null || code.trim() === "") throw new Refusal("ENROLLMENT_CODE_REQUIRED", { path });
  const { id, enrollmentCodeHash, wrongCodes } = pending;
  if (wrongCodes >= triesAllowed) throw new Refusal("ENROLLMENT_CODE_LOCKED", { path });
  if (enrollmentCodeHash !== null && isCode(code, enrollmentCodeHash)) return;

  const counted = await updateRows(tx, Certificate, { id, state: "PENDING", wrongCodes }, { wrongCodes: wrongCodes + 1 });
  if (counted !== 1) throw new Refusal("CONFLICT");
  throw new Refusal("ENROLLMENT_CODE_WRONG", { path, commitsWork: true });
}
