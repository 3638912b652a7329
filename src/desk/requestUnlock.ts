import type { EntityManager } from "typeorm";
import type { Desk } from "../foundation/desk.js";
import { Refusal } from "../foundation/refusals.js";
import { Bank } from "../identity/Bank.js";
import { Password, type PasswordKind } from "../identity/Password.js";
import type { User } from "../identity/User.js";
import type { Actor } from "../policy/Actor.js";
import { authorizeByTwo } from "../policy/authorize.js";
import { factsOfUser } from "../users/changeUser.js";
import type { ApprovalRequest } from "./ApprovalRequest.js";
import { findMaster, requestApproval, type TargetedMaster } from "./requestApproval.js";

export interface RequestUnlock extends TargetedMaster {
  /** Which password's restriction is to be lifted. */
  passwordKind: PasswordKind;
}

/**
 * Asks a colleague to lift the restriction of one of a Master's passwords, which nobody of its contract can. Refuses with
 * BANK_ONLY, NOT_FOUND, CONFLICT, NOT_LOCKED; for a Public ID's, which is its Master's to do, with MASTER_ONLY.
 */
export function requestUnlock(desk: Desk, actor: Actor, input: RequestUnlock): Promise<ApprovalRequest> {
  const { userId, passwordKind, note = null } = input;
  return requestApproval(desk, actor, { action: "UNLOCK_REQUEST", targetUserId: userId, note }, async (tx, findings) => {
    const master = await findMaster(tx, actor, input, findings, (user) => {
      authorizeByTwo(actor, "unlock", "User", factsOfUser(user));
    });
    if (!(await isLocked(tx, master, passwordKind))) throw new Refusal("NOT_LOCKED", { path: ["passwordKind"] });
    return { act: "MASTER_UNLOCK", contractId: master.contractId, userId: master.id, targetVersion: master.version, passwordKind };
  });
}

/** By the very condition on which an entry of it is refused: restricted, or its tries used up. */
async function isLocked(tx: EntityManager, { id: userId, bankId }: User, kind: PasswordKind): Promise<boolean> {
  const { triesAllowed } = await tx.findOneByOrFail(Bank, { id: bankId });
  const password = await tx.findOneBy(Password, { userId, kind });
  return password !== null && (password.lockedAt !== null || password.tries >= triesAllowed);
}
