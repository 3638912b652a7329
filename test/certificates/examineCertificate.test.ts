import { X509Certificate } from "node:crypto";
import { Issuer } from "../../src/authorities/Issuer.js";
import { Certificate } from "../../src/certificates/Certificate.js";
import { certificateExaminer } from "../../src/certificates/examineCertificate.js";
import { reissueCertificate } from "../../src/certificates/reissueCertificate.js";
import { revokeCertificate } from "../../src/certificates/revokeCertificate.js";
import { DAY, SECOND, later } from "../../src/foundation/clock.js";
import { newId } from "../../src/foundation/ids.js";
import { toPem } from "../../src/pki/pem.js";
import { forAnotherPurpose, ofAnotherCa, selfSigned, thumbprintOf } from "../support/forged.js";
import { House, THE_MORNING, type Tenant } from "../support/House.js";

let house: House;
let tenant: Tenant;
let active: Certificate;
let der: Buffer;
let examine: ReturnType<typeof certificateExaminer>;

beforeAll(async () => {
  house = await House.open();
});
afterAll(() => house.close());
beforeEach(async () => {
  house.clock.moveTo(THE_MORNING);
  tenant = await house.aTenant();
  active = await house.aCertificate(tenant.taro);
  der = active.x509 ?? Buffer.of();
  examine = certificateExaminer(house.desk);
});

const change = (facts: Partial<Certificate>, { id } = active) => house.db.transaction((tx) => tx.update(Certificate, { id }, facts));
const idOfTheRoot = async () => (await house.db.reads.findOneBy(Issuer, { kind: "ROOT" }))?.id ?? "";
const unknown = (of: Buffer) => ({ status: "UNKNOWN", thumbprint: thumbprintOf(of) });

describe("a certificate that was issued here", () => {
  it("is known with its holder, its serial and its thumbprint (x5t#S256)", async () => {
    const { id: userId, loginId, contractId, bankId } = tenant.taro;
    expect(await examine(der)).toEqual({
      status: "ACTIVE", thumbprint: thumbprintOf(der), certificateId: active.id, serialNumber: active.serialNumber,
      holder: { userId, loginId, contractId, bankId }, notAfter: active.notAfter, revokedAt: null, revocationReason: null,
    });
  });

  it("is good through the second of its end, and expired after it", async () => {
    const end = new Date(new X509Certificate(der).validTo);
    house.clock.moveTo(end);
    expect(await examine(der)).toMatchObject({ status: "ACTIVE", notAfter: end });
    house.clock.moveTo(later(end, 1));
    expect(await examine(der)).toMatchObject({ status: "EXPIRED", notAfter: end, certificateId: active.id });
  });

  it("is nobody's before it begins", async () => {
    const beginning = new Date(new X509Certificate(der).validFrom);
    house.clock.moveTo(beginning);
    expect(await examine(der)).toMatchObject({ status: "ACTIVE" });
    house.clock.moveTo(later(beginning, -1));
    expect(await examine(der)).toEqual(unknown(der));
  });

  it("and revoked says since when and why; of this nothing was remembered, and it outlasts the expiry", async () => {
    expect(await examine(der)).toMatchObject({ status: "ACTIVE" });
    house.clock.advance(DAY);
    await revokeCertificate(house.desk, await house.signedIn(tenant.master), { certificateId: active.id, reason: "KEY_COMPROMISE" });
    const revoked = { status: "REVOKED", revokedAt: later(THE_MORNING, DAY), revocationReason: "KEY_COMPROMISE", holder: { userId: tenant.taro.id } };
    expect(await examine(der)).toMatchObject(revoked);
    house.clock.advance(3_650 * DAY);
    expect(await examine(der)).toMatchObject(revoked);
  });

  it("and superseded by a reissue is revoked, whether or not the successor was acquired", async () => {
    await reissueCertificate(house.desk, await house.signedIn(tenant.master), { userId: tenant.taro.id, expectedVersion: 1, reason: "DEVICE_REPLACED" });
    expect(await examine(der)).toMatchObject({ status: "REVOKED", revocationReason: "SUPERSEDED", revokedAt: THE_MORNING });
  });
});

describe("what isn't a client certificate of ours is unknown", () => {
  it.each([
    ["of another CA, with the very names, serial and key identifiers", () => ofAnotherCa(house, tenant, active)],
    ["signed by its own key", () => selfSigned(house, tenant, active)],
    ["of our CA for another purpose", () => forAnotherPurpose(house, active)],
  ])("one %s", async (_what, forge) => {
    const forged = await forge();
    expect(await examine(forged.der)).toEqual(unknown(forged.der));
  });

  it("a CA of ours", async () => {
    for (const { certificate } of await house.db.reads.find(Issuer)) expect(await examine(certificate)).toEqual(unknown(certificate));
  });

  it.each([
    ["nothing", () => Buffer.of()],
    ["a word", () => Buffer.from("certificate")],
    ["the same in PEM", () => Buffer.from(toPem("CERTIFICATE", der))],
    ["the same with an octet behind it", () => Buffer.concat([der, Buffer.of(0)])],
    ["the same without its last octet", () => der.subarray(0, -1)],
    ["a megabyte of zeros", () => Buffer.alloc(1_048_576)],
  ])("%s", async (_what, bytes) => {
    expect(await examine(bytes())).toMatchObject({ status: "UNKNOWN" });
  });

  it("the same with any bit changed", async () => {
    for (let octet = 0; octet < der.length; octet += 7) {
      const changed = Buffer.from(der);
      changed[octet] = (changed[octet] ?? 0) ^ 1;
      expect(await examine(changed)).toMatchObject({ status: "UNKNOWN" });
    }
  });
});

describe("a row that somebody changed by hand makes nobody a holder", () => {
  it.each([
    ["of another CA", () => ofAnotherCa(house, tenant, active)],
    ["signed by its own key", () => selfSigned(house, tenant, active)],
    ["of our CA for another purpose", () => forAnotherPurpose(house, active)],
  ])("with the thumbprint of a certificate %s, and also with its bytes", async (_what, forge) => {
    expect(await examine(der)).toMatchObject({ status: "ACTIVE" }); // whatever was found right before
    const forged = await forge();
    await change({ fingerprint: thumbprintOf(forged.der) });
    expect(await examine(forged.der)).toEqual(unknown(forged.der));
    await change({ x509: forged.der });
    expect(await examine(forged.der)).toEqual(unknown(forged.der));
    expect(await examine(der)).toEqual(unknown(der));
  });

  it("with a CA's own certificate", async () => {
    const [issuing] = await house.desk.issuers.chainOf(active.issuerId);
    const ca = issuing ?? Buffer.of();
    await change({ fingerprint: thumbprintOf(ca), x509: ca, issuerId: await idOfTheRoot() });
    expect(await examine(ca)).toEqual(unknown(ca));
  });

  it("with other bytes beside a thumbprint that was found right before", async () => {
    expect(await examine(der)).toMatchObject({ status: "ACTIVE" });
    await change({ x509: (await forAnotherPurpose(house, active)).der });
    expect(await examine(der)).toEqual(unknown(der));
    await change({ x509: null });
    expect(await examine(der)).toEqual(unknown(der));
  });

  it("can't give a certificate more time than its CA gave it", async () => {
    await change({ notBefore: later(THE_MORNING, -1_000 * DAY), notAfter: later(THE_MORNING, 1_000 * DAY) });
    const end = new Date(new X509Certificate(der).validTo);
    house.clock.moveTo(end);
    expect(await examine(der)).toMatchObject({ status: "ACTIVE", notAfter: end });
    house.clock.moveTo(later(end, SECOND));
    expect(await examine(der)).toMatchObject({ status: "EXPIRED", notAfter: end });
    house.clock.moveTo(later(new Date(new X509Certificate(der).validFrom), -SECOND));
    expect(await examine(der)).toEqual(unknown(der));
  });

  it("with another CA as its issuer, also after the right one", async () => {
    expect(await examine(der)).toMatchObject({ status: "ACTIVE" });
    await change({ issuerId: await idOfTheRoot() });
    expect(await examine(der)).toEqual(unknown(der));
  });

  it("with a thumbprint written beside a certificate that was never issued", async () => {
    const pending = await house.aCertificate(tenant.hana, "PENDING");
    await change({ fingerprint: null });
    await change({ fingerprint: thumbprintOf(der) }, pending);
    expect(await examine(der)).toEqual(unknown(der));
    await change({ x509: der, notBefore: later(THE_MORNING, -SECOND), notAfter: later(THE_MORNING, DAY) }, pending);
    expect(await examine(der)).toEqual(unknown(der));
  });
});

it("a bank's new CA leaves the certificates of the one before it good", async () => {
  const other = await House.open();
  try {
    const there = await other.aTenant();
    const { x509 } = await other.aCertificate(there.taro);
    await other.desk.issuers.make(other.bank, `5120-${newId(THE_MORNING).slice(-6)}`);
    const { x509: next } = await other.aCertificate(there.hana);
    const look = certificateExaminer(other.desk);
    expect([await look(x509 ?? Buffer.of()), await look(next ?? Buffer.of())]).toMatchObject([{ status: "ACTIVE" }, { status: "ACTIVE" }]);
  } finally {
    await other.close();
  }
});
