import { DAY, later } from "../src/foundation/clock.js";
import { crlEntries, signedCrl } from "../src/pki/crl.js";
import { makeIssuingCa, makeRoot } from "../src/pki/hierarchy.js";
import { newSerialNumber } from "../src/pki/serialNumber.js";
import { keySigner, newKey } from "../src/pki/Signer.js";
import { crlContent } from "../src/validation/crlStore.js";
import { Branch } from "../test/support/branch.js";
import { House } from "../test/support/House.js";
import { manyRevoked } from "../test/support/manyRevoked.js";
import type { Figure } from "./Figure.js";
import { cpuOf, inTurn } from "./rounds.js";

const plan = { rounds: 9, warmUps: 1, count: 1 };
const NOW = new Date();
const ADDRESSES = { crl: "http://pki.example/root.crl", certificate: "http://pki.example/root.cer" };
const STORED = 100_000;

const root = await makeRoot(keySigner(newKey("P-384")), NOW);
const issuer = await makeIssuingCa(keySigner(newKey("P-256")), { name: "5120-1", bank: { name: "証明信用金庫" } }, root, ADDRESSES, NOW);
const figures: Figure[] = [];
for (const count of [1_000, 100_000, 1_000_000]) figures.push(await signing(count));
figures.push(...(await stored(STORED)));
process.send?.(figures, () => { process.disconnect(); });

async function signing(count: number): Promise<Figure> {
  const revoked = Array.from({ length: count }, () => ({ serialNumber: newSerialNumber(), revokedAt: NOW, reason: "KEY_COMPROMISE" as const }));
  let octets = 0;
  const { each: { crl } } = await inTurn({
    crl: () => cpuOf(async () => {
      const pages: Buffer[] = [];
      for (let from = 0; from < count; from += 10_000) pages.push(crlEntries(revoked.slice(from, from + 10_000)));
      const parts = await signedCrl({ issuer, number: 1, thisUpdate: NOW, nextUpdate: later(NOW, DAY) }, pages);
      octets = parts.reduce((sum, { length }) => sum + length, 0);
    }),
  }, plan);
  return { name: `CRL of ${count.toLocaleString("en")}`, contender: "Shomei, written and signed", microseconds: crl, note: `${octets.toLocaleString("en")} octets, ${(crl / count).toFixed(2)} µs an entry` };
}

/** As it is served: counted and read from the database, signed, stored; and read back. */
async function stored(count: number): Promise<Figure[]> {
  const house = await House.open();
  const branch = await Branch.open(house);
  await manyRevoked(branch, count);
  const { each: { making, reading } } = await inTurn({
    making: async () => {
      await branch.aRevokedOne();
      return cpuOf(() => house.desk.crls.current(branch.ca));
    },
    reading: () => cpuOf(async () => {
      const crl = await house.desk.crls.current(branch.ca);
      if (crl) for await (const _ of crlContent(house.desk, crl)) continue;
    }),
  }, plan);
  await house.close();
  const name = `CRL of ${count.toLocaleString("en")} from the database`;
  return [{ name, contender: "Shomei, made and stored", microseconds: making }, { name, contender: "Shomei, read", microseconds: reading }];
}
