import { hash } from "@node-rs/argon2";
import type { Database } from "../../../src/foundation/database/Database.js";
import { newId } from "../../../src/foundation/ids.js";
import { Bank } from "../../../src/identity/Bank.js";
import { Contract, newContract } from "../../../src/identity/Contract.js";
import { Password } from "../../../src/identity/Password.js";
import { newUser, User } from "../../../src/identity/User.js";
import { PASSWORD } from "../House.js";

/** A contract's login IDs: who has reissued, and whose certificate it is. */
export interface Desk {
  master: string;
  holder: string;
}

/** So many contracts of the demo bank, each with a Master and one Public ID. */
export async function aBank(db: Database, contracts: number): Promise<Desk[]> {
  const now = new Date();
  const bank = await db.reads.findOneBy(Bank, { code: "5120" });
  if (!bank) throw new Error("no demo bank");
  const cheap = await hash(PASSWORD, { memoryCost: 64, timeCost: 1, parallelism: 1 }); // its proof is no part of this
  return Promise.all(Array.from({ length: contracts }, async (_none, number) => {
    const contract = newContract({ id: newId(now), bankId: bank.id, name: `契約先${String(number)}`, signInMethod: "PASSWORD", createdAt: now });
    const desk = { master: `master${String(number)}`, holder: `holder${String(number)}` };
    await db.transaction(async (tx) => {
      await tx.insert(Contract, contract);
      for (const [loginId, kind, authority] of [[desk.master, "MASTER", null], [desk.holder, "PUBLIC", "OPERATOR"]] as const) {
        const user = newUser({ id: newId(now), bankId: bank.id, contractId: contract.id, loginId, displayName: "利用者", kind, authority, createdAt: now });
        await tx.insert(User, user);
        await tx.insert(Password, { userId: user.id, kind: "LOGIN", hash: cheap, tries: 0, lockedAt: null, setAt: now, changeDue: null });
      }
    });
    return desk;
  }));
}
