import type { EntityManager } from "typeorm";
import { anyOf } from "../foundation/database/rows.js";
import { gramsOf } from "../foundation/grams.js";
import { searchTextOf, User } from "./User.js";

/** Inserts a user with all that it is found by. */
export async function insertUser(tx: EntityManager, user: User): Promise<void> {
  await tx.insert(User, user);
  await insertGrams(tx, user, gramsOf(user.searchText));
}

/** What goes on a user's row, with the text that it is found by from then on. */
export async function updateNamed(tx: EntityManager, user: User, named: Pick<User, "displayName"> & Partial<User>): Promise<void> {
  const changes = { ...named, searchText: searchTextOf({ ...user, ...named }) };
  await tx.update(User, { id: user.id }, changes);
  const [before, after] = [new Set(gramsOf(user.searchText)), new Set(gramsOf(changes.searchText))];
  const gone = [...before].filter((gram) => !after.has(gram));
  if (gone.length > 0) {
    await tx.query(`DELETE FROM user_grams WHERE bank_id = ? AND ${anyOf("gram", gone)} AND login_id = ?`, [user.bankId, ...gone, user.loginId]);
  }
  await insertGrams(tx, user, [...after].filter((gram) => !before.has(gram)));
  Object.assign(user, changes);
}

async function insertGrams(tx: EntityManager, { bankId, loginId }: User, grams: readonly string[]): Promise<void> {
  if (grams.length === 0) return;
  await tx.query(
    `INSERT INTO user_grams (bank_id, gram, login_id) VALUES ${grams.map(() => "(?, ?, ?)").join(", ")}`,
    grams.flatMap((gram) => [bankId, gram, loginId]),
  );
}
