import type { Desk } from "../foundation/desk.js";
import { folded } from "../foundation/text.js";
import { Bank } from "./Bank.js";

/** The bank of a typed 金融機関コード: four digits, in any width. */
export async function bankCalled(desk: Desk, typed: string): Promise<Bank | null> {
  const code = folded(typed.slice(0, 40)).trim();
  return /^\d{4}$/.test(code) ? desk.db.reads.findOneBy(Bank, { code }) : null;
}
