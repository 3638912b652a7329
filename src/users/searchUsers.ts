import type { Desk } from "../foundation/desk.js";
import { thenJoin } from "../foundation/database/hints.js";
import { gramsIn } from "../foundation/grams.js";

/** Users whom sorting costs nothing worth speaking of. */
const FEW = 250;

/**
 * By which piece of a text the users of a whole bank are looked for: the one that the fewest have, as far as that is counted.
 * Whoever has the text has the piece; a text of up to four characters is the piece itself. `isRare`: few enough to be sorted.
 */
export async function rarestGram(desk: Desk, bankId: string, text: string, { asksHowMany }: { asksHowMany: boolean }): Promise<{ gram: string; isRare: boolean }> {
  const grams = gramsIn(text);
  const [only] = grams;
  if (only !== undefined && grams.length === 1 && !asksHowMany) return { gram: only, isRare: false };
  const counted: { gram: number | string; total: number | string }[] = await desk.db.reads.query(
    grams.map((_gram, index) => `SELECT ${String(index)} AS gram, COUNT(*) AS total
      FROM (SELECT 1 AS one FROM user_grams g WHERE g.bank_id = ? AND g.gram = ? LIMIT ${String(FEW)}) g${String(index)}`).join(" UNION ALL "),
    grams.flatMap((gram) => [bankId, gram]),
  );
  const totals = counted.map(({ gram, total }) => ({ gram: Number(gram), total: Number(total) }));
  const rarest = totals.reduce((one, other) => (other.total < one.total ? other : one));
  return { gram: grams[rarest.gram] ?? text, isRare: rarest.total < FEW };
}

/** Everybody that has a piece `g`, in the order of login IDs: from there to the users, never the other way round. */
export function fromGrams({ engine }: Desk["db"]): string {
  return `user_grams g ${thenJoin(engine)} users u ON u.bank_id = g.bank_id AND u.login_id = g.login_id`;
}
