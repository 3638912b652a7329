import { reissueCertificate } from "../../src/certificates/reissueCertificate.js";
import { revokeCertificate } from "../../src/certificates/revokeCertificate.js";
import { enrollCertificate } from "../../src/certificates/enrollCertificate.js";
import { suspendUser } from "../../src/users/suspendUser.js";
import { aCsr } from "../support/csr.js";
import { engine } from "../support/engine.js";
import { House, type Caller, type Tenant } from "../support/House.js";

// S29: where the history can't be written, nothing is done, and nobody is told that it was.

let house: House;
let tenant: Tenant;
let master: Caller;
let pending: { enrollmentCode: string };
let active: { id: string };

beforeEach(async () => {
  house = await House.open();
  tenant = await house.aTenant();
  master = await house.signedIn(tenant.master);
  active = await house.aCertificate(tenant.taro);
  pending = await house.aCertificate(tenant.hana, "PENDING");
});
afterEach(() => house.close());

const deeds: [string, () => Promise<unknown>][] = [
  ["a reissue", () => reissueCertificate(house.desk, master, { userId: tenant.taro.id, expectedVersion: 1, reason: "LOST" })],
  ["a revocation", () => revokeCertificate(house.desk, master, { certificateId: active.id, reason: "KEY_COMPROMISE" })],
  ["a suspension", () => suspendUser(house.desk, master, { userId: tenant.taro.id })],
  ["a refusal", () => reissueCertificate(house.desk, master, { userId: tenant.master.id, expectedVersion: 1, reason: "LOST" })],
];

/** Sessions are touched and tries are taken by whoever asks; what is compared is what the deed is about. */
async function standing() {
  const { certificates, users, notices, alerts } = await house.snapshot();
  return { certificates, users, notices, alerts, history: await house.history() };
}

async function expectNothing(deed: () => Promise<unknown>, error: RegExp): Promise<void> {
  const before = await standing();
  await expect(deed()).rejects.toThrow(error);
  expect(await standing()).toEqual(before);
}

describe.each(["usage_history", "pending_seals"])("where no row can be put into %s", (table) => {
  beforeEach(async () => {
    const because = "the disk is full";
    await house.db.transaction((tx) => tx.query(engine === "sqlite"
      ? `CREATE TRIGGER tr_full BEFORE INSERT ON ${table} BEGIN SELECT RAISE(ABORT, '${because}'); END`
      : `CREATE TRIGGER tr_full BEFORE INSERT ON ${table} FOR EACH ROW SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = '${because}'`));
  });

  it.each(deeds)("%s isn't done", async (_what, deed) => { await expectNothing(deed, /could not be recorded/); });

  it("an acquisition isn't either, and the door stays open", async () => {
    const hana = await house.signedIn(tenant.hana);
    const input = { csr: aCsr().pem, enrollmentCode: pending.enrollmentCode };
    await expect(enrollCertificate(house.desk, hana, input)).rejects.toThrow(/could not be recorded/);
    await house.db.transaction((tx) => tx.query("DROP TRIGGER tr_full"));
    expect(await house.currentCertificate(tenant.hana)).toMatchObject({ state: "PENDING", keyFingerprint: null });
    await expect(enrollCertificate(house.desk, hana, input)).resolves.toMatchObject({ state: "ACTIVE" });
  });
});

const onSqlite = engine === "sqlite" ? it : it.skip;

onSqlite("on a disk that is really full a reissue isn't done, and works once there is room", async () => {
  // SQLite's own limit of pages is answered as a full disk is: SQLITE_FULL.
  const pages = async (limit?: number) => {
    const [row]: Record<string, number>[] = await house.db.transaction((tx) => tx.query(limit === undefined ? "PRAGMA page_count" : `PRAGMA max_page_count = ${String(limit)}`));
    return Object.values(row ?? {})[0] ?? 0;
  };
  await pages(await pages());
  const filling = async () => {
    for (let filled = 0; filled < 200; filled++) await suspendUser(house.desk, master, { userId: tenant.hana.id, note: "字".repeat(200) }).catch((error: unknown) => { if (String(error).includes('record')) throw error; });
  };
  await expect(filling()).rejects.toThrow(/could not be recorded/);
  await expectNothing(() => reissueCertificate(house.desk, master, { userId: tenant.taro.id, expectedVersion: 1, reason: "LOST", note: "字".repeat(200) }), /could not be recorded|full/);
  await pages(1_000_000);
  await expect(reissueCertificate(house.desk, master, { userId: tenant.taro.id, expectedVersion: 1, reason: "LOST" })).resolves.toMatchObject({ holder: { version: 2 } });
});
