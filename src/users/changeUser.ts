import type { EntityManager } from "typeorm";
import type { Desk } from "../foundation/desk.js";
import { isId } from "../foundation/ids.js";
import { Refusal } from "../foundation/refusals.js";
import type { Findings } from "../history/audited.js";
import { performAs } from "../identity/performAs.js";
import { demandPassword, isProven, proveRegistrationPassword, refuseWrongPassword } from "../identity/registrationPassword.js";
import { User } from "../identity/User.js";
import { isWithinReach, type Actor } from "../policy/Actor.js";
import { authorize, authorizeRole } from "../policy/authorize.js";
import type { DeedAction } from "../policy/deeds.js";
import type { Facts, RuleAction } from "../policy/rulebook.js";

/** What every change of an ID says. */
export interface TargetedUser {
  userId: string;
  /** The version of the user that the screen showed. */
  expectedVersion: number;
  note?: string | null;
  /** When the bank's policy asks for it. */
  registrationPassword?: string | null;
}

interface Change<P> {
  action: DeedAction;
  rule: RuleAction;
  input: Omit<TargetedUser, "expectedVersion">;
  /** What protects somebody must be quick: neither a version nor a password is asked for. */
  isUrgent?: boolean;
  /** What must be known before the transaction, because finding it out takes its time. */
  prepare?: () => Promise<P>;
}

/** The facts that the rulebook asks about. */
export function factsOfUser({ id: userId, kind: userKind, contractId, bankId }: User): Facts["User"] {
  return { userId, userKind, contractId, bankId };
}

/**
 * What every change of an ID has in common: it is on record, of somebody who may, with the registration password where
 * the bank's policy asks for it, and never of an ID that is gone. `work` takes the version.
 */
export function changeUser<T, P = undefined>(
  desk: Desk,
  actor: Actor,
  { action, rule, input, isUrgent = false, prepare }: Change<P>,
  work: (tx: EntityManager, user: User, findings: Findings, prepared: P) => Promise<T>,
): Promise<T> {
  const { userId, note = null, registrationPassword = null } = input;
  const beforehand = async () => {
    const password = isUrgent ? ("NOT_ASKED" as const) : await proveRegistrationPassword(desk, actor, rule, "User", registrationPassword);
    // Who doesn't prove who it is finds out nothing, not even by how long it takes; it is refused below.
    return { password, prepared: prepare && isProven(password) ? await prepare() : (undefined as P) };
  };
  return performAs(desk, actor, { action, targetUserId: userId, note, prepare: beforehand }, async (tx, findings, { prepared: { password, prepared } }) => {
    authorizeRole(actor, rule, "User");
    refuseWrongPassword(password); // a guess counts, whatever else is wrong with the request
    const user = await findUser(tx, actor, rule, userId, findings);
    demandPassword(password);
    return work(tx, user, findings, prepared);
  });
}

/** The user, where the actor may do this to it. What it may not see doesn't exist for it. */
async function findUser(tx: EntityManager, actor: Actor, rule: RuleAction, userId: string, findings: Findings): Promise<User> {
  const user = isId(userId) ? await tx.findOneBy(User, { id: userId }) : null;
  if (!user) throw new Refusal("NOT_FOUND"); // as for a foreign one, to the letter
  if (isWithinReach(actor, user)) findings.target = user;
  authorize(actor, rule, "User", factsOfUser(user));
  if (user.deregisteredAt) throw new Refusal("ID_DEREGISTERED");
  return user;
}
