import type { EntityManager } from "typeorm";
import { Refusal } from "../foundation/refusals.js";
import { Bank } from "../identity/Bank.js";
import { Certificate } from "./Certificate.js";
import { isCode } from "./enrollmentCode.js";

/**
 * The one-time code of this certificate record, and of no other. As many wrong ones as the bank allows, and the code
 * is worth nothing any more: ENROLLMENT_CODE_REQUIRED, _WRONG, _LOCKED.
 */
export async function demandEnrollmentCode(tx: EntityManager, certificate: Certificate, code: string | null): Promise<void> {
  const path = ["enrollmentCode"];
  const { triesAllowed } = await tx.findOneByOrFail(Bank, { id: certificate.bankId });
  if (certificate.wrongCodes >= triesAllowed) throw new Refusal("ENROLLMENT_CODE_LOCKED", { path });
  if (code === null || code.trim() === "") throw new Refusal("ENROLLMENT_CODE_REQUIRED", { path });
  if (certificate.enrollmentCodeHash === null || !isCode(code, certificate.enrollmentCodeHash)) {
    throw new Refusal("ENROLLMENT_CODE_WRONG", { path, consequence: (refusalTx) => countWrongCode(refusalTx, certificate.id) });
  }
}

async function countWrongCode(tx: EntityManager, id: string): Promise<void> {
  await tx.increment(Certificate, { id }, "wrongCodes", 1);
}
