import { setTimeout as pause } from "node:timers/promises";
import { X509Certificate } from "node:crypto";
import type { IssuerInUse } from "../../src/authorities/Issuers.js";
import { openIssuers } from "../../src/authorities/openIssuers.js";
import { DAY, MINUTE, SECOND, later } from "../../src/foundation/clock.js";
import { parseSerialNumber } from "../../src/pki/serialNumber.js";
import { openResponders } from "../../src/validation/openResponders.js";
import { OcspSigner } from "../../src/validation/OcspSigner.js";
import { Branch } from "../support/branch.js";
import { House, THE_MORNING, caSettings } from "../support/House.js";
import { openssl, opensslPrints } from "../support/openssl.js";
import { Scratch } from "../support/pki.js";
import { rememberingLog } from "../support/rememberingLog.js";
import { removable } from "../support/removableVault.js";

const scratch = new Scratch();
let house: House;
let branch: Branch;
beforeAll(async () => {
  house = await House.open();
});
afterAll(async () => {
  await house.close();
  scratch.remove();
});
beforeEach(async () => {
  house.clock.moveTo(THE_MORNING);
  branch = await Branch.open(house);
});

const onRecord = () => house.db.reads.find(OcspSigner, { where: { issuerId: branch.issuer.id }, order: { id: "ASC" } });

/** The branch's CA, whose key can be out of reach; and a process that answers in its name. */
async function aProcess() {
  const token = { isAway: false };
  const { log, said } = rememberingLog();
  const issuers = await openIssuers(house.desk, caSettings(removable(house.vault, token)));
  const issuer = await issuers.open(branch.issuer.id);
  const responders = openResponders({ ...house.desk, log });
  return { token, said, of: () => responders.of(issuer) };
}

describe("the one who answers in a CA's name", () => {
  it("S19: has a certificate of the CA for that purpose alone, for a week, that nobody needs to check further", async () => {
    const { certificate, notAfter } = await openResponders(house.desk).of(branch.issuer);
    const text = opensslPrints(["x509", "-inform", "DER", "-noout", "-text"], certificate);
    expect(text).toMatch(/Extended Key Usage: \n +OCSP Signing\n/);
    expect(text).toMatch(/OCSP No Check/i);
    expect(text).toMatch(/CA:FALSE/);
    const { validFromDate, validToDate } = new X509Certificate(certificate);
    expect([validFromDate, validToDate]).toEqual([later(THE_MORNING, -5 * MINUTE), later(THE_MORNING, 7 * DAY - 5 * MINUTE - SECOND)]);
    expect(notAfter).toEqual(validToDate);

    const [issuing = Buffer.of(), root = Buffer.of()] = await house.desk.issuers.chainOf(branch.issuer.id);
    expect(openssl([
      "verify", "-x509_strict", "-purpose", "ocsphelper", "-attime", String(THE_MORNING.getTime() / SECOND), "-no-CAfile", "-no-CApath",
      "-CAfile", scratch.pem("root.pem", root), "-untrusted", scratch.pem("issuing.pem", issuing), scratch.pem("signer.pem", certificate),
    ])).toMatchObject({ ok: true });
  });

  it("is on record with what was signed and with the certificate, and its key nowhere", async () => {
    const { certificate, signer } = await openResponders(house.desk).of(branch.issuer);
    const [row, ...others] = await onRecord();
    expect(others).toEqual([]);
    expect(row?.certificate).toEqual(certificate);
    expect(certificate.includes(row?.toBeSigned ?? "nothing")).toBe(true);
    expect(row?.serialNumber).toBe(parseSerialNumber(new X509Certificate(certificate).serialNumber));
    expect(Object.keys(row ?? {}).sort()).toEqual(["certificate", "id", "issuerId", "notAfter", "notBefore", "serialNumber", "toBeSigned"]);
    expect(signer.publicKey).toEqual(new X509Certificate(certificate).publicKey.export({ type: "spki", format: "der" }));
  });

  it("is one for any number who ask at the same time for the first time", async () => {
    const responders = openResponders(house.desk);
    const all = await Promise.all(Array.from({ length: 50 }, () => responders.of(branch.issuer)));
    expect(new Set(all).size).toBe(1);
    expect(await onRecord()).toHaveLength(1);
  });

  it("is another in each process and for each CA", async () => {
    const [one, other] = [openResponders(house.desk), openResponders(house.desk)];
    const neighbour = await Branch.open(house);
    const made = await Promise.all([one.of(branch.issuer), other.of(branch.issuer), one.of(neighbour.issuer)]);
    expect(new Set(made.map(({ signer }) => signer.publicKey.toString("hex"))).size).toBe(3);
    expect(new X509Certificate(made[2].certificate).verify(new X509Certificate(neighbour.issuer.certificate).publicKey)).toBe(true);
  });

  it("never outlives its CA", async () => {
    house.clock.moveTo(later(branch.issuer.name.notAfter, -2 * DAY));
    const { certificate, notAfter } = await openResponders(house.desk).of(branch.issuer);
    expect(notAfter).toEqual(branch.issuer.name.notAfter);
    expect(new X509Certificate(certificate).validToDate).toEqual(notAfter);
  });
});

/** Waits for what goes on beside the answers; in vain for at most five seconds. */
async function eventually(isSo: () => boolean | Promise<boolean>): Promise<void> {
  const end = performance.now() + 5_000;
  while (!(await isSo())) {
    if (performance.now() > end) throw new Error("it never came to be");
    await pause(5);
  }
}

describe("its renewal", () => {
  it("comes after half of its life, once for all who ask then", async () => {
    const { of } = await aProcess();
    const first = await of();
    house.clock.advance(3.5 * DAY - 1);
    expect(await of()).toBe(first);
    house.clock.advance(1);
    expect(await Promise.all(Array.from({ length: 20 }, of))).toEqual(Array(20).fill(first)); // nobody waits for it
    await eventually(async () => (await of()) !== first);
    expect((await of()).signer.publicKey).not.toEqual(first.signer.publicKey);
    expect(await onRecord()).toHaveLength(2);
  });

  it("that fails leaves the old one at work while it is valid, says so in the log, and not to whoever asks", async () => {
    const { token, said, of } = await aProcess();
    const first = await of();
    token.isAway = true;
    house.clock.advance(3.5 * DAY);
    expect(await Promise.all(Array.from({ length: 20 }, of))).toEqual(Array(20).fill(first));
    await eventually(() => said.length > 0);
    expect(said).toMatchObject([{ level: "error", facts: { issuer: branch.issuer.label, err: { message: "the token is away" } } }]);

    house.clock.moveTo(first.notAfter);
    expect(await of()).toBe(first);
    house.clock.advance(SECOND);
    await expect(of()).rejects.toThrow("the token is away");
    token.isAway = false;
    house.clock.advance(10 * SECOND);
    expect((await of()).notAfter).toEqual(later(house.clock.now(), 7 * DAY - 5 * MINUTE - SECOND));
  });

  it("that failed is tried again ten seconds later, not for everybody who asks: each try is on record", async () => {
    const { token, said, of } = await aProcess();
    await of();
    token.isAway = true;
    house.clock.advance(3.5 * DAY);
    for (let asked = 0; asked < 10; asked++) await of();
    await eventually(() => said.length === 1);
    for (let asked = 0; asked < 10; asked++) await of();
    expect([(await onRecord()).length, said.length]).toEqual([2, 1]);
    house.clock.advance(10 * SECOND);
    await of();
    await eventually(() => said.length === 2);
    for (let asked = 0; asked < 10; asked++) await of();
    expect([(await onRecord()).length, said.length]).toEqual([3, 2]);
    token.isAway = false;
    house.clock.advance(10 * SECOND);
    await of();
    await eventually(async () => (await onRecord()).at(-1)?.certificate !== null);
    expect((await onRecord()).map(({ certificate }) => certificate !== null)).toEqual([true, false, false, true]);
  });
});

it("one that was never signed stays on record: its serial, and what would have been signed", async () => {
  const { token, of } = await aProcess();
  token.isAway = true;
  await expect(of()).rejects.toThrow("the token is away");
  expect(await onRecord()).toMatchObject([{ certificate: null, serialNumber: expect.stringMatching(/^[0-9a-f]{34}$/) as string, toBeSigned: expect.any(Buffer) as Buffer }]);
  for (let asked = 0; asked < 10; asked++) await expect(of()).rejects.toThrow("the token is away");
  expect(await onRecord()).toHaveLength(1); // not one for everybody who asks
  token.isAway = false;
  house.clock.advance(10 * SECOND);
  await of();
  expect((await onRecord()).map(({ certificate }) => certificate !== null)).toEqual([false, true]);
});

it("nothing is signed that couldn't be put on record before", async () => {
  let signatures = 0;
  const { signer } = branch.issuer;
  const issuer: IssuerInUse = {
    ...branch.issuer,
    signer: { ...signer, sign: (...parts) => { signatures += 1; return signer.sign(...parts); } },
  };
  const db = { ...house.db, transaction: () => Promise.reject(new Error("the disk is full")) };
  await expect(openResponders({ ...house.desk, db }).of(issuer)).rejects.toThrow("the disk is full");
  expect([signatures, await onRecord()]).toEqual([0, []]);
});

it("while a token hangs at the renewal, the old one goes on answering at once", async () => {
  let isHanging = false;
  const { signer } = branch.issuer;
  const issuer: IssuerInUse = { ...branch.issuer, signer: { ...signer, sign: (...parts) => (isHanging ? new Promise(() => undefined) : signer.sign(...parts)) } };
  const responders = openResponders(house.desk);
  const first = await responders.of(issuer);
  isHanging = true;
  house.clock.advance(4 * DAY);
  for (let asked = 0; asked < 3; asked++) expect(await responders.of(issuer)).toBe(first);
});
