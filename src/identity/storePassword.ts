import type { EntityManager } from "typeorm";
import { isDuplicate } from "../foundation/database/errors.js";
import type { Reads } from "../foundation/database/Database.js";
import { newId } from "../foundation/ids.js";
import { Refusal } from "../foundation/refusals.js";
import { isPassword } from "./argon2.js";
import { FormerPassword, Password, type PasswordKind } from "./Password.js";

/** A password on its way into the store. */
export interface HashedPassword {
  kind: PasswordKind;
  hash: string;
  /** The hash that it takes the place of, as it was seen; null where there was none. */
  seen: string | null;
}

/**
 * Whether this is one of the user's last `remembered` passwords of its kind, the one in use included. Takes as long for one
 * that is as for one that isn't.
 */
export async function wasUsed(reads: Reads, userId: string, kind: PasswordKind, password: string, remembered: number): Promise<boolean> {
  const current = await reads.findBy(Password, { userId, kind });
  const former = await reads.find(FormerPassword, { where: { userId, kind }, order: { id: "DESC" }, take: Math.max(remembered, 1) });
  const looked = [...current, ...former].slice(0, remembered);
  const answers = await Promise.all(looked.map(({ hash }) => isPassword(hash, password)));
  return answers.includes(true);
}

/**
 * Puts a password in the place of the one that was seen (CONFLICT where another came first), which is remembered as far
 * as the bank does. `isOwn`: chosen by its holder, so no change of it is due. Else it must be changed where it is a first one,
 * and where one approves or transfers with it: whoever set it must not keep knowing it. Of the others what was due stays due
 * (強制変更 is the form's to say). A restriction stays: lifting it is another deed.
 */
export async function storePassword(
  tx: EntityManager,
  userId: string,
  { kind, hash, seen }: HashedPassword,
  { isOwn, remembered, now }: { isOwn: boolean; remembered: number; now: Date },
): Promise<void> {
  if (seen === null) {
    await insertFirst(tx, { userId, kind, hash, tries: 0, lockedAt: null, setAt: now, changeDue: isOwn ? null : "INITIAL" });
    return;
  }
  const givesPower = kind === "APPROVAL" || kind === "TRANSFER";
  const due: Partial<Password> = isOwn ? { changeDue: null } : givesPower ? { changeDue: "INITIAL" } : {};
  const { affected } = await tx.update(Password, { userId, kind, hash: seen }, { hash, setAt: now, ...due });
  if (affected !== 1) throw new Refusal("CONFLICT");
  await rememberFormer(tx, userId, kind, seen, remembered - 1, now); // beside the one in use
}

async function insertFirst(tx: EntityManager, password: Password): Promise<void> {
  try {
    await tx.insert(Password, password);
  } catch (error) {
    if (!isDuplicate(error)) throw error;
    throw new Refusal("CONFLICT");
  }
}

async function rememberFormer(tx: EntityManager, userId: string, kind: PasswordKind, hash: string, most: number, now: Date): Promise<void> {
  if (most > 0) await tx.insert(FormerPassword, { userId, kind, id: newId(now), hash });
  const tooOld = await tx.find(FormerPassword, { where: { userId, kind }, order: { id: "DESC" }, skip: Math.max(0, most), take: 1_000 });
  for (const { id } of tooOld) await tx.delete(FormerPassword, { userId, kind, id });
}

/** Takes a password away that its holder may not have any more. It stays remembered: who gets one again can't have the same. */
export async function retirePassword(tx: EntityManager, userId: string, kind: PasswordKind, remembered: number, now: Date): Promise<void> {
  const password = await tx.findOneBy(Password, { userId, kind });
  if (!password) return;
  await tx.delete(Password, { userId, kind });
  await rememberFormer(tx, userId, kind, password.hash, remembered, now);
}

/** Takes a password away for good, with those before it. */
export async function dropPassword(tx: EntityManager, userId: string, kind: PasswordKind): Promise<void> {
  await tx.delete(Password, { userId, kind });
  await tx.delete(FormerPassword, { userId, kind });
}
