import { randomUUID } from "node:crypto";
import { customers } from "../../bench/customers.js";
import { enrollCertificate } from "../../src/certificates/enrollCertificate.js";
import { reissueCertificate } from "../../src/certificates/reissueCertificate.js";
import type { CertificateDesk } from "../../src/certificates/CertificateDesk.js";
import { aCsr } from "../support/csr.js";
import { engine } from "../support/engine.js";
import { House } from "../support/House.js";
import { plansOfDeed, statementsOfDeed, type Plan } from "../support/plans.js";

// A deed looks at whom it is about, and not at everybody else of its contract.

const HOLDERS = 400;
const SOME = 60; // rows: the people, the bank, the certificate, each a few times

let house: House;
afterEach(() => house.close());

async function aLargeContract(state: "ACTIVE" | "PENDING") {
  house = await House.open();
  const [someone] = (await customers(house, HOLDERS, state, HOLDERS)).slice(-1);
  if (engine === "mariadb") await house.db.transaction((tx) => tx.query("ANALYZE TABLE users, sessions, certificates"));
  if (!someone) throw new Error("nobody");
  return someone;
}

function plansIn(deed: (desk: CertificateDesk) => Promise<unknown>): Promise<Plan[]> {
  return plansOfDeed(house.db, (db) => deed({ ...house.desk, db }));
}

function expectFew(plans: Plan[], goneBy: RegExp[]): void {
  expect(plans.length).toBeGreaterThan(1);
  if (engine === "mariadb") expect(plans.reduce((sum, { examined }) => sum + examined, 0)).toBeLessThan(SOME);
  else for (const way of goneBy) expect(plans.map(({ text }) => text).join("\n")).toMatch(way);
}

it("reissues without walking through the contract's users and certificates", async () => {
  const { actor, holder } = await aLargeContract("ACTIVE");
  const plans = await plansIn((desk) => reissueCertificate(desk, actor, { userId: holder.id, expectedVersion: 1, reason: "DEVICE_BROKEN" }));
  expectFew(plans, [/SEARCH m USING INDEX ix_users_contract_kind \(contract_id=\? AND kind=\?\)/, /SEARCH r USING INDEX ix_certificates_contract \(contract_id=\? AND id>\?\)/]);
});

it("enrolls without looking at all that ever signed in", async () => {
  const { actor, code } = await aLargeContract("PENDING");
  const plans = await plansIn((desk) => enrollCertificate(desk, actor, { csr: aCsr().pem, enrollmentCode: code }));
  expectFew(plans, [/SEARCH m USING INDEX ix_users_contract_kind \(contract_id=\? AND kind=\?\)/, /SEARCH s USING COVERING INDEX ix_sessions_address \(user_id=\? AND address=\? AND signed_in_at<\?\)/]);
});

const onServer = engine === "mariadb" ? it : it.skip; // on SQLite each text is heard once, however often it is run

onServer("takes as few statements as one by hand (decision 037)", async () => {
  const reissuing = await aLargeContract("ACTIVE");
  const reissued = await statementsOfDeed(house.db, (db) => reissueCertificate({ ...house.desk, db }, reissuing.actor, { userId: reissuing.holder.id, expectedVersion: 1, reason: "DEVICE_BROKEN", idempotencyKey: randomUUID() }));
  expect(reissued).toHaveLength(13 - 2); // but for START TRANSACTION and COMMIT
  await house.close();
  const enrolling = await aLargeContract("PENDING");
  const enrolled = await statementsOfDeed(house.db, (db) => enrollCertificate({ ...house.desk, db }, enrolling.actor, { csr: aCsr().pem, enrollmentCode: enrolling.code }));
  expect(enrolled).toHaveLength(9 - 2 + 8 - 2);
});
