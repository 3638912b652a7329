import { IsNull } from "typeorm";
import { registerOperator } from "../desk/registerOperator.js";
import { removeOperator } from "../desk/removeOperator.js";
import { resetOperator } from "../desk/resetOperator.js";
import { unlockOperator } from "../desk/unlockOperator.js";
import type { Desk } from "../foundation/desk.js";
import { OperatorError } from "../foundation/OperatorError.js";
import { Bank } from "../identity/Bank.js";
import { BankOperator } from "../identity/BankOperator.js";

// What `npm run operator` can do; what it understands stands in operator.ts.

export interface Request {
  desk: Desk;
  bankCode: string;
  loginId: string;
  displayName: string;
}

const say = (text: string) => process.stdout.write(`${text}\n`);

export async function list({ desk, bankCode }: Request): Promise<void> {
  const bank = await bankOf(desk, bankCode);
  const operators = await desk.db.reads.find(BankOperator, { where: { bankId: bank.id, removedAt: IsNull() }, order: { loginId: "ASC" } });
  if (operators.length === 0) say(`bank ${bank.code} has no operators yet`);
  for (const { loginId, displayName, lockedAt, tries } of operators) {
    const isLocked = lockedAt !== null || tries >= bank.triesAllowed;
    say(`${loginId.padEnd(12)}  ${displayName}${isLocked ? "  locked" : ""}`);
  }
}

export async function add({ desk, bankCode, loginId: typed, displayName }: Request): Promise<void> {
  const bank = await bankOf(desk, bankCode);
  const { operator: { loginId }, password } = await registerOperator(desk, bank, { loginId: typed, displayName });
  say(`${loginId} is registered at bank ${bank.code}. Its password, said this once, to be changed at the first sign-in: ${password}`);
}

export async function unlock({ desk, bankCode, loginId: typed }: Request): Promise<void> {
  const bank = await bankOf(desk, bankCode);
  const { loginId } = await unlockOperator(desk, bank, typed);
  say(`${loginId} of bank ${bank.code} is unlocked. Its password is what it was.`);
}

export async function reset({ desk, bankCode, loginId: typed }: Request): Promise<void> {
  const bank = await bankOf(desk, bankCode);
  const { operator: { loginId }, password } = await resetOperator(desk, bank, typed);
  say(`${loginId} of bank ${bank.code} has a new password, said this once, to be changed at the next sign-in: ${password}`);
}

export async function remove({ desk, bankCode, loginId: typed }: Request): Promise<void> {
  const bank = await bankOf(desk, bankCode);
  const { loginId } = await removeOperator(desk, bank, typed);
  say(`${loginId} of bank ${bank.code} can't sign in any more; what it requested is withdrawn.`);
}

async function bankOf({ db }: Desk, code: string): Promise<Bank> {
  const bank = await db.reads.findOneBy(Bank, { code });
  if (!bank) throw new OperatorError(`there is no bank ${code}`);
  return bank;
}
