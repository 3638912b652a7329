import type { EntityManager, EntityTarget } from "typeorm";
import { repeatable } from "../foundation/database/Database.js";
import type { Desk } from "../foundation/desk.js";
import { hashPassword, isPassword } from "./argon2.js";
import { BankOperator } from "./BankOperator.js";
import { Password, type PasswordKind } from "./Password.js";

export const LONGEST_PASSWORD = 128; // characters; longer ones are never right, and hashing them is an attack

/** A user's passwords, and the one that an operator has. */
export type ProvenKind = PasswordKind | "OPERATOR";

export type Proof = "RIGHT" | "WRONG" | "LOCKED";

/**
 * Checks an entry of a password, outside any transaction because it takes its time. The try is taken first and given
 * back when it was right: of any number at once no more than `triesAllowed` are looked at. Without a user, or when
 * locked, it takes as long and is never right. Locking itself is left to the refusal (`lockWhenSpent`).
 */
export async function provePassword(
  desk: Desk,
  user: { id: string; triesAllowed: number } | undefined,
  kind: ProvenKind,
  password: string,
): Promise<Proof> {
  const isLooked = user !== undefined && (await takeTry(desk, user.id, kind, user.triesAllowed));
  const stored = isLooked ? await storedPassword(desk, user.id, kind) : undefined;

  const isRight = await isPassword(stored?.hash ?? (await nobodysHash()), password.slice(0, LONGEST_PASSWORD));
  if (!stored || !user) return "LOCKED";
  if (!isRight || password.length > LONGEST_PASSWORD) return "WRONG";
  const { entity, where } = placeOf(user.id, kind);
  // The restriction, too: where this try was the sixth, a wrong one beside it took it for a wrong one.
  await desk.db.transaction((tx) => tx.update(entity, where, { tries: 0, lockedAt: null }), repeatable);
  return "RIGHT";
}

/** Restricts the password for good once its tries are used up, and says so to the history. For a refusal's consequence. */
export async function lockWhenSpent(
  tx: EntityManager,
  user: { id: string; triesAllowed: number },
  kind: ProvenKind,
  now: Date,
): Promise<{ lockedPassword: ProvenKind } | undefined> {
  const { entity, where } = placeOf(user.id, kind);
  const { affected } = await tx.createQueryBuilder().update(entity).set({ lockedAt: now })
    .where(where).andWhere("locked_at IS NULL AND tries >= :most", { most: user.triesAllowed })
    .execute();
  return affected === 1 ? { lockedPassword: kind } : undefined;
}

/** What a kept password is, wherever it stands. */
interface Kept {
  hash: string;
  tries: number;
  lockedAt: Date | null;
}

function placeOf(id: string, kind: ProvenKind): { entity: EntityTarget<Kept>; where: object } {
  return kind === "OPERATOR" ? { entity: BankOperator, where: { id } } : { entity: Password, where: { userId: id, kind } };
}

async function storedPassword(desk: Desk, id: string, kind: ProvenKind): Promise<Kept | undefined> {
  const { entity, where } = placeOf(id, kind);
  return (await desk.db.reads.findOneBy(entity, where)) ?? undefined;
}

function takeTry(desk: Desk, id: string, kind: ProvenKind, triesAllowed: number): Promise<boolean> {
  const { entity, where } = placeOf(id, kind);
  return desk.db.transaction(async (tx) => {
    const { affected } = await tx.createQueryBuilder().update(entity).set({ tries: () => "tries + 1" })
      .where(where).andWhere("locked_at IS NULL AND tries < :triesAllowed", { triesAllowed })
      .execute();
    return affected === 1;
  }, repeatable);
}

let nobodys: Promise<string> | undefined;

/** What an unknown ID's password is checked against, so that it takes as long. */
function nobodysHash(): Promise<string> {
  return (nobodys ??= hashPassword("nobody's password"));
}
