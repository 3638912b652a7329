import { openIssuers } from "../../src/authorities/openIssuers.js";
import { rotateIssuer } from "../../src/authorities/rotateIssuer.js";
import { Bank } from "../../src/identity/Bank.js";
import { openDatabase } from "../../src/foundation/database/openDatabase.js";
import { certIdHashes, certIdHashesOf } from "../../src/pki/certIdHashes.js";
import { readOcspRequest, type CertId } from "../../src/pki/ocspRequest.js";
import { openDirectory } from "../../src/validation/openDirectory.js";
import { Branch } from "../support/branch.js";
import { freshDatabase } from "../support/engine.js";
import { withReads } from "../support/gatedReads.js";
import { House, caSettings } from "../support/House.js";
import { aCertId, aRequest, aSingle } from "../support/ocspRequest.js";
import { aHierarchy } from "../support/pki.js";
import { certIdOf } from "../support/shownOcsp.js";

let house: House;
let [one, other]: Branch[] = [];
beforeAll(async () => {
  house = await House.open();
  [one, other] = [await Branch.open(house), await Branch.open(house)];
});
afterAll(() => house.close());

const read = (der: Buffer): CertId => {
  const [certId] = readOcspRequest(aRequest({ singles: [aSingle(der)] })).certIds;
  if (!certId) throw new Error("no CertID");
  return certId;
};
const branches = () => [one, other].filter((branch) => branch !== undefined);

it("finds each CA of ours by the hashes of its name and key, SHA-1's and SHA-256's", async () => {
  const directory = openDirectory(house.desk);
  for (const { issuer } of branches()) {
    for (const isSha256 of [false, true]) expect(await directory.find(read(certIdOf(issuer, "01", { isSha256 })))).toBe(issuer.id);
  }
});

it("knows no foreign CA, not even one with the name of ours, and none by name or key alone", async () => {
  const directory = openDirectory(house.desk);
  const { issuing } = await aHierarchy("P-256");
  const [ours, theirs] = branches().map(({ issuer }) => issuer);
  if (!ours || !theirs) throw new Error("there are two");
  const foreign = [
    certIdOf(issuing, "01"),
    certIdOf(ours, "01", { keyOf: issuing.signer }),
    certIdOf(ours, "01", { keyOf: theirs.signer }),
    certIdOf({ name: issuing.name, signer: ours.signer }, "01"),
    aCertId(),
  ];
  for (const certId of foreign) expect(await directory.find(read(certId))).toBeUndefined();
});

it("doesn't know the root: its key is away, and its word is its CRL", async () => {
  const [, certificate = Buffer.of()] = await house.desk.issuers.chainOf(one?.issuer.id ?? "");
  const [sha1 = ""] = certIdHashesOf(certificate);
  const [, name = "", key = ""] = sha1.split(":");
  const certId = read(aCertId({ issuerNameHash: Buffer.from(name, "base64"), issuerKeyHash: Buffer.from(key, "base64") }));
  expect(certIdHashes(certId)).toBe(sha1);
  expect(await openDirectory(house.desk).find(certId)).toBeUndefined();
});

it("learns of a CA that another process made, when it is asked for, and forgets none of the older ones", async () => {
  const directory = openDirectory(house.desk);
  const branch = await Branch.open(house);
  expect(await directory.find(read(certIdOf(branch.issuer, "01")))).toBe(branch.issuer.id);

  const bank = await house.db.reads.findOneBy(Bank, { id: branch.tenant.bank.id });
  const issuers = await openIssuers(house.desk, caSettings(house.vault));
  const next = await rotateIssuer({ ...house.desk, issuers }, bank ?? branch.tenant.bank, "P-256");
  expect(await directory.find(read(certIdOf(next, "01")))).toBe(next.id);
  expect(await directory.find(read(certIdOf(branch.issuer, "01")))).toBe(branch.issuer.id);
  expect(await directory.anyone()).toBe(next.id); // the newest: an older one's key may be gone
});

it("reads all certificates again only where there is a new CA, however often it is asked for foreign ones", async () => {
  const statements: string[] = [];
  const db = withReads(house.db, (sql, query) => {
    statements.push(sql);
    return query();
  });
  let listings = 0;
  const find: typeof db.reads.find = (...args) => {
    listings += 1;
    return house.db.reads.find(...args);
  };
  const directory = openDirectory({ ...house.desk, db: { ...db, reads: Object.assign(Object.create(db.reads) as typeof db.reads, { find }) } });
  for (let asked = 0; asked < 10; asked++) await directory.find(read(aCertId()));
  expect(listings).toBe(1);
  expect(statements.every((sql) => sql.startsWith("SELECT COUNT(*)"))).toBe(true);
});

it("names nobody where there is no CA yet", async () => {
  const database = await freshDatabase();
  const db = await openDatabase(database.source);
  const directory = openDirectory({ ...house.desk, db });
  expect([await directory.anyone(), await directory.find(read(aCertId()))]).toEqual([undefined, undefined]);
  await db.close();
  await database.drop();
});
