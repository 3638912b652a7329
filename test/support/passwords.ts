import { hash } from "@node-rs/argon2";
import { FormerPassword, Password, type PasswordKind } from "../../src/identity/Password.js";
import type { User } from "../../src/identity/User.js";
import { PASSWORD, type House } from "./House.js";

// The least that argon2id takes: what its cost is worth is tested with signing in.
const CHEAP = { memoryCost: 8, timeCost: 1, parallelism: 1 };
const hashes = new Map<string, Promise<string>>();

/** A hash that is quickly checked. */
export function cheapHash(password: string): Promise<string> {
  const known = hashes.get(password) ?? hash(password, CHEAP);
  hashes.set(password, known);
  return known;
}

/** Gives a user a password of this kind in the place of the one it has, if any. What isn't said is ordinary. */
export async function aPassword(house: House, { id: userId }: User, kind: PasswordKind, facts: Partial<Password> = {}, password = PASSWORD): Promise<void> {
  const row: Password = { userId, kind, hash: await cheapHash(password), tries: 0, lockedAt: null, setAt: house.clock.now(), changeDue: null, ...facts };
  await house.db.transaction(async (tx) => {
    await tx.delete(Password, { userId, kind });
    await tx.insert(Password, row);
  });
}

export function passwordOf(house: House, { id: userId }: User, kind: PasswordKind): Promise<Password | null> {
  return house.db.reads.findOneBy(Password, { userId, kind });
}

export function formerPasswordsOf(house: House, { id: userId }: User): Promise<FormerPassword[]> {
  return house.db.reads.findBy(FormerPassword, { userId });
}
