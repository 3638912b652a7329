import { IsNull, type EntityManager } from "typeorm";
import type { Desk } from "../foundation/desk.js";
import type { RateLimits } from "../foundation/rateLimits.js";
import { Refusal } from "../foundation/refusals.js";
import { audited, beforehand, type Attempt } from "../history/audited.js";
import type { Customer, Origin } from "../policy/Actor.js";
import type { Bank } from "./Bank.js";
import { bankCalled } from "./bankCalled.js";
import { Contract } from "./Contract.js";
import { countSignIn } from "./countSignIn.js";
import { loginIdOf } from "./loginId.js";
import { Password } from "./Password.js";
import { noSooner } from "./noSooner.js";
import { passwordsDueOf } from "./passwordAge.js";
import { lockWhenSpent, provePassword, type Proof } from "./passwords.js";
import { isWorthless, refusalBy, refuseSignIn, type KnownCertificate, type PresentedCertificate } from "./presentedCertificate.js";
import type { Session } from "./Session.js";
import { openSession, roleIn, type SignedIn } from "./sessions.js";
import { User } from "./User.js";

export interface SignIn {
  bankCode: string;
  loginId: string;
  password: string;
}

export interface ReceptionDesk extends Desk {
  rates: RateLimits;
  /** A refused sign-in answers no sooner than this. */
  signInFloorMs: number;
  /** Whether the user holds a certificate that is active now; told by the workshop above, like the next. */
  hasActiveCertificate(tx: EntityManager, userId: string, now: Date): Promise<boolean>;
  /** What is known of a certificate (DER) that came with a request. */
  examine(certificate: Buffer): Promise<PresentedCertificate>;
  /** The same certificate as it stands in this transaction; an active one's row is held until COMMIT. */
  hold(tx: EntityManager, certificate: KnownCertificate, now: Date): Promise<KnownCertificate & { superseded?: string }>;
}

/**
 * Opens a session for an ID and its password. An unknown ID, a wrong password and a locked ID are refused alike
 * (SIGN_IN_FAILED), in words and in time, and so is a suspended or deregistered one; the history knows which. Nobody of a
 * stopped contract comes in (CONTRACT_STOPPED). Passwords that are due allow nothing but their change. Where the contract requires a certificate, an ID
 * that has an active one is refused without it (CERTIFICATE_REQUIRED); one that has none may only enroll. A certificate
 * that is presented must be active and the user's own, required or not (PRESENTED_CERTIFICATE_REVOKED, _EXPIRED,
 * _UNKNOWN, _OF_ANOTHER), and the session is bound to it.
 */
export function signIn(
  desk: ReceptionDesk,
  origin: Origin,
  presented: PresentedCertificate | null,
  input: SignIn,
): Promise<SignedIn & { token: string }> {
  return noSooner(desk.signInFloorMs, () => attemptSignIn(desk, origin, presented, input));
}

async function attemptSignIn(
  desk: ReceptionDesk,
  origin: Origin,
  presented: PresentedCertificate | null,
  input: SignIn,
): Promise<SignedIn & { token: string }> {
  const loginId = loginIdOf(input.loginId);
  const nobody = triedAs({ bank: null, user: null }, loginId);
  await countSignIn(desk, input, { action: "SIGN_IN", origin }, async () => triedAs(await called(desk, input, loginId), loginId));
  const isToBeProven = !isWorthless(presented); // else no try is taken
  const { bank, user, tries, seen, proof } = await beforehand(desk, { action: "SIGN_IN", origin, by: nobody }, () => identify(desk, input, loginId, isToBeProven));

  const by = triedAs({ bank, user }, loginId);
  if (isWorthless(presented)) return refuseSignIn(desk, origin, presented, by);
  return audited(desk, { action: "SIGN_IN", origin, by }, async (tx, findings) => {
    if (presented) Object.assign(findings, presented.holder.userId === user?.id ? { certificateId: presented.certificateId } : { before: { thumbprint: presented.thumbprint } });
    if (!user || !bank || !tries) throw new Refusal("SIGN_IN_FAILED", { recordedAs: "NOT_FOUND" });
    const now = desk.clock.now();
    if (proof !== "RIGHT") throw signInFailed(user, proof, (refusalTx) => lockWhenSpent(refusalTx, tries, "LOGIN", now));
    await holdId(tx, user, now);
    await holdContract(tx, user, now);
    await refuseReplaced(tx, user, seen);

    if (presented && presented.holder.userId !== user.id) throw new Refusal("PRESENTED_CERTIFICATE_OF_ANOTHER");
    const held = presented && (await desk.hold(tx, presented, now)); // it was good when the request came; the password took its time
    if (held && isWorthless(held)) throw refusalBy(desk, origin, held, user);
    if (held?.superseded !== undefined) findings.after = { superseded: held.superseded };
    const isEnrollOnly = presented === null && (await mayOnlyEnroll(desk, tx, user, now));
    const boundTo = presented?.thumbprint ?? null;
    const passwordsDue = await passwordsDueOf(tx, user, now);
    const { token, session } = await openSession(tx, user, { bank, isEnrollOnly, passwordsDue, boundTo, address: origin.address, now });
    const { signedInAt, previousSignInAt, expiresAt } = session;
    return { token, signedInAt, previousSignInAt, expiresAt, passwordsDue, actor: actorOf(user, session, origin) };
  });
}

interface Called {
  bank: Bank | null;
  user: User | null;
}

async function called(desk: ReceptionDesk, { bankCode }: SignIn, loginId: string | undefined): Promise<Called> {
  const bank = await bankCalled(desk, bankCode);
  const user = bank && loginId ? await desk.db.reads.findOneBy(User, { bankId: bank.id, loginId }) : null;
  return { bank, user };
}

/** As whom the history has it; what nobody knows is null. */
function triedAs({ bank, user }: Called, loginId: string | undefined): Attempt["by"] {
  return user
    ? { userId: user.id, loginId: user.loginId, contractId: user.contractId, bankId: user.bankId }
    : { userId: null, loginId: loginId ?? null, contractId: null, bankId: bank?.id ?? null };
}

async function identify(desk: ReceptionDesk, input: SignIn, loginId: string | undefined, isToBeProven: boolean) {
  const { bank, user } = await called(desk, input, loginId);
  const tries = user && bank ? { id: user.id, triesAllowed: bank.triesAllowed } : undefined;
  const seen = user && (await desk.db.reads.findOneBy(Password, { userId: user.id, kind: "LOGIN" }));
  const proof = isToBeProven ? await provePassword(desk, tries, "LOGIN", input.password) : "WRONG";
  return { bank, user, tries, seen, proof };
}

function signInFailed(user: User, proof: Proof, lock: (tx: EntityManager) => Promise<unknown>): Refusal {
  if (user.deregisteredAt) return new Refusal("SIGN_IN_FAILED", { recordedAs: "ID_DEREGISTERED" });
  return proof === "LOCKED"
    ? new Refusal("SIGN_IN_FAILED", { recordedAs: "ID_LOCKED" })
    : new Refusal("SIGN_IN_FAILED", { consequence: lock });
}

/** Holds the ID until COMMIT, so that a suspension comes wholly before or wholly after; one that may not come in is refused like a locked one. */
async function holdId(tx: EntityManager, { id }: User, now: Date): Promise<void> {
  const { affected } = await tx.update(User, { id, suspendedAt: IsNull(), deregisteredAt: IsNull() }, { lastSignInAt: now });
  if (affected === 1) return;
  const { deregisteredAt } = await tx.findOneByOrFail(User, { id });
  throw new Refusal("SIGN_IN_FAILED", { recordedAs: deregisteredAt ? "ID_DEREGISTERED" : "ID_SUSPENDED" });
}

/** The same for the contract and its emergency stop, which is said: whoever knows the password is of the contract. */
async function holdContract(tx: EntityManager, { contractId }: User, now: Date): Promise<void> {
  const { affected } = await tx.update(Contract, { id: contractId, stoppedAt: IsNull() }, { lastSignInAt: now });
  if (affected !== 1) throw new Refusal("CONTRACT_STOPPED");
}

/** A password that was replaced while it was checked opens nothing any more: whoever sets another means that one. */
async function refuseReplaced(tx: EntityManager, { id: userId }: User, seen: Password | null): Promise<void> {
  const isStill = seen !== null && (await tx.existsBy(Password, { userId, kind: "LOGIN", hash: seen.hash }));
  if (!isStill) throw new Refusal("SIGN_IN_FAILED");
}

/** True where the contract requires a certificate and the user has none; refuses where it has one and didn't show it. */
async function mayOnlyEnroll(desk: ReceptionDesk, tx: EntityManager, user: User, now: Date): Promise<boolean> {
  const contract = await tx.findOneBy(Contract, { id: user.contractId });
  if (contract?.signInMethod !== "CERTIFICATE") return false;
  if (await desk.hasActiveCertificate(tx, user.id, now)) throw new Refusal("CERTIFICATE_REQUIRED");
  return true;
}

function actorOf({ id: userId, loginId, contractId, bankId, kind }: User, session: Session, origin: Origin): Customer {
  return { role: roleIn({ kind, ...session }), userId, loginId, contractId, bankId, sessionId: session.id, origin };
}
