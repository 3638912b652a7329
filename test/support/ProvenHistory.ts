import { reissueCertificate } from "../../src/certificates/reissueCertificate.js";
import { revokeCertificate } from "../../src/certificates/revokeCertificate.js";
import { takeCheckpoints } from "../../src/history/checkpoints.js";
import { ChainHead, Checkpoint, Seal } from "../../src/history/Seal.js";
import { verifyChain, type ChainVerdict } from "../../src/history/verifyHistory.js";
import { signIn } from "../../src/identity/signIn.js";
import { signOut } from "../../src/identity/signOut.js";
import { Counter } from "./Counter.js";
import { House } from "./House.js";

const ORIGIN = { requestId: "test", address: "192.0.2.7" };

/** A house with a real history: some twenty entries of customers and of the staff, refused ones, two checkpoints, the newest at the end. */
export class ProvenHistory {
  private constructor(readonly house: House) {}

  static async open(): Promise<ProvenHistory> {
    const history = new ProvenHistory(await House.open());
    for (let checkpoints = 0; checkpoints < 2; checkpoints++) {
      await history.grow();
      await takeCheckpoints(history.house.desk);
    }
    return history;
  }

  /** The bank's. */
  get chain(): string {
    return this.house.bank.id;
  }

  /** A day's entries more, sealed. */
  async grow(): Promise<void> {
    const { house } = this;
    const tenant = await house.aTenant();
    await house.aCertificate(tenant.taro);
    const master = await house.signedIn(tenant.master);
    await reissueCertificate(house.desk, master, { userId: tenant.taro.id, expectedVersion: 1, reason: "LOST", note: "紛失 “10時”\n= \\ " });
    await revokeCertificate(house.desk, master, { certificateId: tenant.taro.id, reason: "UNSPECIFIED" }).catch(() => undefined);
    const counter = await Counter.open(house);
    await counter.approve(await counter.requestReissue({ note: "来店" }));
    await signOut(house.desk, master);
    for (const [bankCode, loginId] of [["5120", tenant.master.loginId], ["9999", "nobody01"]] as const) {
      await signIn(house.desk, ORIGIN, null, { bankCode, loginId, password: "wrong" }).catch(() => undefined);
    }
    await house.seal();
  }

  verdict(which: Parameters<typeof verifyChain>[3] = {}): Promise<ChainVerdict> {
    const { house, chain } = this;
    return verifyChain(house.db.reads, chain, house.desk.historyKey.publicKey, { kept: house.desk.safekeeping.checkpoints(chain), now: house.clock.now(), ...which });
  }

  async wrong(): Promise<ChainVerdict["wrong"]> {
    return (await this.verdict()).wrong;
  }

  async size(): Promise<number> {
    return (await this.house.db.reads.findOneBy(ChainHead, { chainId: this.chain }))?.size ?? 0;
  }

  /** The id of the entry with this number. */
  async recordOf(number: number): Promise<string> {
    return (await this.house.db.reads.findOneBy(Seal, { chainId: this.chain, number }))?.recordId ?? "none";
  }

  async firstCheckpoint(): Promise<Checkpoint> {
    const [first] = await this.house.db.reads.find(Checkpoint, { where: { chainId: this.chain }, order: { size: "ASC" }, take: 1 });
    if (!first) throw new Error("no checkpoint");
    return first;
  }

  async sql(statement: string, params: unknown[] = []): Promise<void> {
    await this.house.db.transaction((tx) => tx.query(statement, params));
  }

  /** Takes out the last entries, their seals and checkpoints, and puts the head back. */
  async cutTail(count: number): Promise<void> {
    const { chain } = this;
    const left = Math.max(0, (await this.size()) - count);
    await this.sql("DELETE FROM usage_history WHERE id IN (SELECT s.record_id FROM history_seals s WHERE s.chain_id = ? AND s.number > ?)", [chain, left]);
    await this.sql("DELETE FROM history_seals WHERE chain_id = ? AND number > ?", [chain, left]);
    await this.sql("DELETE FROM history_checkpoints WHERE chain_id = ? AND size > ?", [chain, left]);
    const [last]: { head: string }[] = await this.house.db.reads.query("SELECT s.head FROM history_seals s WHERE s.chain_id = ? AND s.number = ?", [chain, left]);
    await this.sql("UPDATE history_heads SET size = ?, head = ? WHERE chain_id = ?", [left, last?.head ?? "0".repeat(64), chain]);
  }

  /** A genuine one under a size that isn't its own. */
  async misplaceCheckpoint(): Promise<void> {
    const first = await this.firstCheckpoint();
    await this.house.db.transaction((tx) => tx.insert(Checkpoint, { ...first, size: 999_999_999 }));
  }
}
