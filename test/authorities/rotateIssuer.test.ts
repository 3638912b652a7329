import { X509Certificate } from "node:crypto";
import { currentIssuerOf, Issuer } from "../../src/authorities/Issuer.js";
import { listIssuers } from "../../src/authorities/listIssuers.js";
import { MissingKeyError } from "../../src/authorities/Issuers.js";
import { rotateIssuer } from "../../src/authorities/rotateIssuer.js";
import { enrollCertificate } from "../../src/certificates/enrollCertificate.js";
import { DAY } from "../../src/foundation/clock.js";
import { newId } from "../../src/foundation/ids.js";
import { Bank } from "../../src/identity/Bank.js";
import { keySigner, newKey, type Signer } from "../../src/pki/Signer.js";
import { aCsr } from "../support/csr.js";
import { House, memoryVault, PKI_URL, type Tenant } from "../support/House.js";

let house: House;
let tenant: Tenant;
let keys: Map<string, Signer>;

beforeEach(async () => {
  keys = new Map();
  house = await House.open({}, { vault: memoryVault(keys) });
  tenant = await house.aTenant();
});
afterEach(() => house.close());

const rotated = (kind: "P-256" | "RSA-3072" = "P-256") => rotateIssuer(house.desk, tenant.bank, kind);
const issuerOf = (certificate: Buffer | null) => new X509Certificate(certificate ?? "").issuer.split("\n").at(-1);

describe("a rotation", () => {
  it("makes the bank's next CA under the same root, with its own address and a key of the kind that was asked for", async () => {
    const { id, label, name, certificate } = await rotated("RSA-3072");
    expect({ label, algorithm: name.algorithm }).toEqual({ label: "5120-2", algorithm: "RSA_SHA256" });
    const [issuing = Buffer.of(), root = Buffer.of()] = await house.desk.issuers.chainOf(id);
    expect(issuing).toEqual(certificate);
    expect(new X509Certificate(issuing).verify(new X509Certificate(root).publicKey)).toBe(true);
    expect((await rotated()).label).toBe("5120-3");
  });

  it("is where new certificates come from at once, in a house that was open before", async () => {
    const before = await house.aCertificate(tenant.taro);
    const { id } = await rotated();
    const after = await house.aCertificate(tenant.hana);
    expect(after.issuerId).toBe(id);
    expect([issuerOf(before.x509), issuerOf(after.x509)]).toEqual(["CN=Shomei Issuing CA 5120-1", "CN=Shomei Issuing CA 5120-2"]);
    expect(new X509Certificate(after.x509 ?? "").infoAccess).toContain(`${PKI_URL}/pki/5120-2.cer`);
  });

  it("leaves the old one's certificates good, and one that was pending under it is still acquired from it", async () => {
    const active = await house.aCertificate(tenant.taro);
    const pending = await house.aCertificate(tenant.hana, "PENDING");
    await rotated();
    expect(await house.desk.examine(active.x509 ?? Buffer.of())).toMatchObject({ status: "ACTIVE", certificateId: active.id });

    const { csr, enrollmentCode } = { csr: aCsr().pem, enrollmentCode: pending.enrollmentCode };
    const acquired = await enrollCertificate(house.desk, await house.signedIn(tenant.hana), { csr, enrollmentCode });
    expect(issuerOf(acquired.x509)).toBe("CN=Shomei Issuing CA 5120-1");
  });

  it("of one bank changes nothing for another", async () => {
    const other = { ...tenant.bank, id: newId(house.clock.now()), code: "5121" };
    await house.db.transaction((tx) => tx.insert(Bank, other));
    const { id } = await house.desk.issuers.make(other, "5121-1");
    await rotated();
    expect(await currentIssuerOf(house.db.reads, other.id)).toEqual({ id });
  });

  it("is in the bank's history, written with the CA itself", async () => {
    await rotated();
    expect(await house.history()).toMatchObject([{ action: "CA_ROTATE", outcome: "SUCCEEDED", bankId: tenant.bank.id, actorId: null, contractId: null }]);
    const [entry] = await house.history();
    expect(JSON.parse(entry?.before ?? "")).toEqual({ issuer: "5120-1" });
    expect(JSON.parse(entry?.after ?? "")).toMatchObject({ issuer: "5120-2", algorithm: "ECDSA_SHA256" });
  });

  it("is refused without the root's key, and leaves nothing behind but a key that the next one takes", async () => {
    const root = keys.get("root-1") ?? keySigner(newKey("P-384"));
    keys.delete("root-1");
    await expect(rotated()).rejects.toThrow(MissingKeyError);
    expect(await house.db.reads.countBy(Issuer, { bankId: tenant.bank.id })).toBe(1);
    expect(await house.history()).toEqual([]);

    keys.set("root-1", root);
    expect((await rotated()).signer.publicKey).toEqual(keys.get("5120-2")?.publicKey);
  });

  it("twice at once makes one CA or two, never one name twice, and each is on record", async () => {
    const made = await Promise.all([rotated(), rotated()]);
    const names = (await house.db.reads.find(Issuer, { where: { bankId: tenant.bank.id } })).map(({ name }) => name);
    expect(new Set(names).size).toBe(names.length);
    expect(new Set(made.map(({ id }) => id)).size).toBe(names.length - 1);
    expect(await house.history()).toHaveLength(names.length - 1);
  });
});

describe("the list of CAs", () => {
  it("tells each one's role, key, algorithm, end and active certificates", async () => {
    await house.aCertificate(tenant.taro);
    await rotated("RSA-3072");
    await house.aCertificate(tenant.hana);
    keys.delete("5120-1");
    expect(await listIssuers(house.desk, memoryVault(keys))).toMatchObject([
      { label: "root-1", bankCode: null, role: "ROOT", signatureAlgorithm: "ECDSA_SHA384", active: 0, isKeyHere: true },
      { label: "5120-1", bankCode: "5120", role: "RETIRED", signatureAlgorithm: "ECDSA_SHA256", active: 1, isKeyHere: false },
      { label: "5120-2", bankCode: "5120", role: "ISSUING", signatureAlgorithm: "RSA_SHA256", active: 1, isKeyHere: true },
    ]);
    house.clock.advance(366 * DAY);
    expect((await listIssuers(house.desk, memoryVault(keys))).map(({ active }) => active)).toEqual([0, 0, 0]);
  });
});
