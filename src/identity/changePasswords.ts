import type { EntityManager } from "typeorm";
import type { Desk } from "../foundation/desk.js";
import { Refusal, refuseAll, type RefusalCode } from "../foundation/refusals.js";
import { notify } from "../notices/notify.js";
import type { Actor } from "../policy/Actor.js";
import { authorize, authorizeRole, whyNever } from "../policy/authorize.js";
import { Bank } from "./Bank.js";
import { Password, passwordKinds, type PasswordKind } from "./Password.js";
import { passwordDue } from "./passwordAge.js";
import { brokenRules } from "./passwordRules.js";
import { hashPassword } from "./argon2.js";
import { lockWhenSpent, provePassword } from "./passwords.js";
import { performAs } from "./performAs.js";
import { Session } from "./Session.js";
import { storePassword, wasUsed, type HashedPassword } from "./storePassword.js";
import { takeVersion } from "./takeVersion.js";
import { User } from "./User.js";

export interface PasswordChange {
  kind: PasswordKind;
  /** The one in use. */
  current: string;
  next: string;
  /** 確認用. */
  confirmation: string;
}

export const MASKED = "********";
/** How a password is called in the history, which never says more of it. */
export const passwordFacts: Record<PasswordKind, string> = {
  LOGIN: "loginPassword", REGISTRATION: "registrationPassword", APPROVAL: "approvalPassword", TRANSFER: "transferPassword",
};

/**
 * The actor changes its own passwords, as one unit: at a first sign-in, or when they are due, all that are due
 * (PASSWORD_CHANGE_REQUIRED). Each needs the one in use, and six wrong ones in a row lock it and no other (PASSWORD_WRONG,
 * PASSWORD_LOCKED). All that is wrong is said at once, by the bank's rules (PASSWORD_…), and then nothing is changed.
 */
export async function changePasswords(desk: Desk, actor: Actor, changes: readonly PasswordChange[]): Promise<User> {
  const prepare = () => prove(desk, actor, changes);
  return performAs(desk, actor, { action: "PASSWORDS_CHANGE", targetUserId: actor.userId, prepare }, async (tx, findings, { prepared: { refusals, hashed } }) => {
    authorizeRole(actor, "changePasswords", "User");
    const user = await tx.findOneByOrFail(User, { id: actor.userId });
    findings.target = user;
    const { id: userId, kind: userKind, contractId, bankId } = user;
    authorize(actor, "changePasswords", "User", { userId, userKind, contractId, bankId });
    const now = desk.clock.now();
    refuseAll([...refusals, ...(await stillDue(tx, user, changes, now))]);

    await takeVersion(tx, actor, user, user.version, {}, { path: null });
    const { passwordsRemembered: remembered } = await tx.findOneByOrFail(Bank, { id: bankId });
    for (const password of hashed) await storePassword(tx, userId, password, { isOwn: true, remembered, now });
    await tx.update(Session, { id: actor.sessionId }, { passwordsDue: null });

    const masked = Object.fromEntries(hashed.map(({ kind }) => [passwordFacts[kind], MASKED]));
    findings.before = { version: user.version - 1, ...masked };
    findings.after = { version: user.version, ...masked };
    await notify(tx, desk, { kind: "PASSWORDS_CHANGED", about: user, facts: { kinds: hashed.map(({ kind }) => kind), by: actor.loginId } });
    return user;
  });
}

interface Proven {
  refusals: Refusal[];
  hashed: HashedPassword[];
}

/** Checks and hashes outside the transaction, because both take their time. Nothing is tried for whom it isn't. */
async function prove(desk: Desk, actor: Actor, changes: readonly PasswordChange[]): Promise<Proven> {
  const bank = await desk.db.reads.findOneBy(Bank, { id: actor.bankId });
  if (!bank || whyNever(actor, "changePasswords", "User")) return { refusals: [], hashed: [] };
  const proven: Proven = { refusals: [], hashed: [] };
  if (changes.length === 0) return { ...proven, refusals: [new Refusal("PASSWORD_REQUIRED", { path: ["passwords"] })] };
  if (changes.length > passwordKinds.length) return { ...proven, refusals: [new Refusal("GIVEN_TWICE", { path: ["passwords"] })] };
  for (const [index, change] of changes.entries()) {
    const path = ["passwords", String(index)];
    const isTwice = changes.findIndex(({ kind }) => kind === change.kind) !== index;
    const outcome = isTwice ? new Refusal("GIVEN_TWICE", { path: [...path, "kind"] }) : await proveOne(desk, actor, bank, change, path);
    if (outcome instanceof Refusal) proven.refusals.push(outcome);
    else if (Array.isArray(outcome)) proven.refusals.push(...outcome);
    else proven.hashed.push(outcome);
  }
  return proven;
}

async function proveOne(desk: Desk, actor: Actor, bank: Bank, change: PasswordChange, path: string[]): Promise<HashedPassword | Refusal | Refusal[]> {
  const { kind, current, next, confirmation } = change;
  const { userId, loginId } = actor;
  const stored = await desk.db.reads.findOneBy(Password, { userId, kind });
  if (!stored) return new Refusal(await whyNone(desk, userId, kind), { path: [...path, "kind"] });

  const tries = { id: userId, triesAllowed: bank.triesAllowed };
  const proof = await provePassword(desk, tries, kind, current);
  const atCurrent = [...path, "current"];
  const broken = brokenRules({ password: next, confirmation }, loginId, bank, [...path, "next"], [...path, "confirmation"]);
  if (proof === "LOCKED") return [new Refusal("PASSWORD_LOCKED", { path: atCurrent }), ...broken];
  if (proof === "WRONG") {
    const consequence = (tx: EntityManager) => lockWhenSpent(tx, tries, kind, desk.clock.now());
    return [new Refusal("PASSWORD_WRONG", { path: atCurrent, consequence }), ...broken];
  }
  if (broken.length > 0) return broken;
  const isUnchanged = stored.changeDue !== null && next === current; // what is due must change, however little the bank remembers
  const remembered = isUnchanged ? Math.max(bank.passwordsRemembered, 1) : bank.passwordsRemembered;
  if (isUnchanged || await wasUsed(desk.db.reads, userId, kind, next, remembered)) return new Refusal("PASSWORD_USED_BEFORE", { path: [...path, "next"], facts: { remembered } });
  return { kind, hash: await hashPassword(next), seen: stored.hash };
}

/** Why somebody has no password of a kind. NOT_FOUND: it could have one, and its Master has set none yet. */
async function whyNone(desk: Desk, userId: string, kind: PasswordKind): Promise<RefusalCode> {
  const user = await desk.db.reads.findOneBy(User, { id: userId });
  if (!user || kind === "LOGIN" || kind === "REGISTRATION") return "NOT_FOUND";
  if (user.kind === "MASTER") return "NOT_FOR_MASTER";
  if (kind === "APPROVAL") return user.authority === "APPROVER" ? "NOT_FOUND" : "APPROVER_ONLY";
  return user.adHocLimit === null ? "AD_HOC_TRANSFER_OFF" : "NOT_FOUND";
}

/** All that are due, or none: a first sign-in leaves no initial password behind. */
async function stillDue(tx: EntityManager, user: User, changes: readonly PasswordChange[], now: Date): Promise<Refusal[]> {
  const due = (await tx.findBy(Password, { userId: user.id })).filter((password) => passwordDue(password, user, now) !== null);
  const isLeft = due.some(({ kind }) => changes.every((changed) => changed.kind !== kind));
  return isLeft ? [new Refusal("PASSWORD_CHANGE_REQUIRED", { path: ["passwords"] })] : [];
}
