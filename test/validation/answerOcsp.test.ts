import { X509Certificate } from "node:crypto";
import { readFileSync } from "node:fs";
import { openIssuers } from "../../src/authorities/openIssuers.js";
import { rotateIssuer } from "../../src/authorities/rotateIssuer.js";
import { Certificate } from "../../src/certificates/Certificate.js";
import { reissueCertificate } from "../../src/certificates/reissueCertificate.js";
import { DAY, MINUTE, SECOND, later } from "../../src/foundation/clock.js";
import { openDatabase } from "../../src/foundation/database/openDatabase.js";
import { octetString, sequence } from "../../src/pki/der.js";
import type { RevocationReason } from "../../src/policy/certificateLifecycle.js";
import { answerOcsp, type OcspDesk } from "../../src/validation/answerOcsp.js";
import { DatabaseUnavailable } from "../../src/foundation/database/DatabaseUnavailable.js";
import { openDirectory } from "../../src/validation/openDirectory.js";
import { openResponders } from "../../src/validation/openResponders.js";
import { Branch } from "../support/branch.js";
import { freshDatabase } from "../support/engine.js";
import { withReads } from "../support/gatedReads.js";
import { House, THE_MORNING, caSettings } from "../support/House.js";
import { CRITICAL, NONCE, aCertId, aNonce, aRequest, aSingle, extension } from "../support/ocspRequest.js";
import { openssl } from "../support/openssl.js";
import { Scratch, aHierarchy } from "../support/pki.js";
import { rememberingLog } from "../support/rememberingLog.js";
import { removable } from "../support/removableVault.js";
import { certIdOf, shownOcsp } from "../support/shownOcsp.js";

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

const singleOf = ({ serialNumber }: Pick<Certificate, "serialNumber">, of = branch.issuer) => aSingle(certIdOf(of, serialNumber));
const shown = async (request: Buffer, desk: OcspDesk = house.desk) => shownOcsp(scratch, (await answerOcsp(desk, request)).der);
/** What is said of these, in their order. */
const statusesOf = async (...singles: Buffer[]) => (await shown(aRequest({ singles }))).answers;
const statusOf = async (certificate: Pick<Certificate, "serialNumber">) => (await statusesOf(singleOf(certificate)))[0];
const NEVER_ISSUED = { serialNumber: `7e${"99".repeat(16)}` };

describe("a certificate is", () => {
  it("good while it is active", async () => {
    expect(await statusOf(await branch.aCertificate())).toMatchObject({ status: "good", revokedAt: undefined });
  });

  it.each<[RevocationReason, number | undefined]>([
    ["UNSPECIFIED", undefined], ["KEY_COMPROMISE", 1], ["AFFILIATION_CHANGED", 3], ["SUPERSEDED", 4],
    ["CESSATION_OF_OPERATION", 5], ["PRIVILEGE_WITHDRAWN", 9],
  ])("revoked on the very next answer after a revocation for %s, with its time to the second", async (reason, code) => {
    const certificate = await branch.aCertificate();
    expect(await statusOf(certificate)).toMatchObject({ status: "good" });
    house.clock.advance(MINUTE + 789);
    await branch.revoke(certificate, reason);
    expect(await statusOf(certificate)).toEqual({
      serialNumber: certificate.serialNumber, status: "revoked", revokedAt: later(THE_MORNING, MINUTE), reason: code,
    });
  });

  it("its own, and as it stands after it was asked, however many ask at the same moment", async () => {
    const [good, other] = [await branch.aCertificate(), await branch.aCertificate()];
    const askAll = () => Promise.all([...Array.from({ length: 20 }, () => statusOf(good)), statusOf(NEVER_ISSUED), statusOf(other)]);
    const said = (status: string) => [...Array<string>(20).fill(status), "unknown", "good"];
    expect((await askAll()).map((one) => one?.status)).toEqual(said("good"));
    const asking = askAll();
    const askedAfter = branch.revoke(good, "KEY_COMPROMISE").then(() => askAll()); // some of the first may still wait for their answer
    await asking;
    expect((await askedAfter).map((one) => one?.status)).toEqual(said("revoked"));
  });

  it("revoked on the very next answer after its reissue; its successor is unknown until it is acquired", async () => {
    const { user, ...old } = await branch.aCertificate();
    const { successor } = await reissueCertificate(house.desk, branch.master, {
      userId: user.id, expectedVersion: 1, reason: "DEVICE_BROKEN", registrationPassword: "Right-pass-1",
    });
    expect(await statusesOf(singleOf(old), singleOf(successor))).toMatchObject([{ status: "revoked", reason: 4 }, { status: "unknown" }]);
  });

  it("revoked since the first date where the reason was raised later", async () => {
    const certificate = await branch.aRevokedOne("SUPERSEDED");
    house.clock.advance(DAY);
    await branch.revoke(certificate, "KEY_COMPROMISE");
    expect(await statusOf(certificate)).toMatchObject({ status: "revoked", revokedAt: THE_MORNING, reason: 1 });
  });

  it("revoked where that happened while it was being signed", async () => {
    const signing = await branch.aSigningOne();
    expect(await statusOf(signing)).toMatchObject({ status: "unknown" });
    await branch.revoke(signing);
    expect(await statusOf(signing)).toMatchObject({ status: "revoked" });
  });

  it("S17: unknown, never good, where it was never issued, is pending, or was revoked before any key was accepted", async () => {
    const pending = await house.aCertificate(branch.tenant.hana, "PENDING");
    const stopped = await house.aCertificate(branch.tenant.taro, "PENDING");
    await branch.revoke(stopped);
    expect((await statusesOf(singleOf(NEVER_ISSUED), singleOf(pending), singleOf(stopped))).map(({ status }) => status)).toEqual(["unknown", "unknown", "unknown"]);
  });

  it("S17: unknown with the right serial and another issuer: a foreign one, another bank's, ours by name alone or by key alone", async () => {
    const certificate = await branch.aCertificate();
    const { issuing: foreign } = await aHierarchy("P-256");
    const other = await Branch.open(house);
    for (const certId of [
      certIdOf(foreign, certificate.serialNumber),
      certIdOf(other.issuer, certificate.serialNumber),
      certIdOf(branch.issuer, certificate.serialNumber, { keyOf: foreign.signer }),
      certIdOf(branch.issuer, certificate.serialNumber, { keyOf: other.issuer.signer }),
      certIdOf({ name: foreign.name, signer: branch.issuer.signer }, certificate.serialNumber),
    ]) expect(await statusesOf(aSingle(certId))).toMatchObject([{ serialNumber: certificate.serialNumber, status: "unknown" }]);
    // Not even beside a question about ours.
    const both = await statusesOf(singleOf(certificate), singleOf(certificate, other.issuer));
    expect(both.map(({ status }) => status)).toEqual(["good", "unknown"]);
  });

  it("itself alone: the same serial of another bank's CA has its own status", async () => {
    const other = await Branch.open(house);
    const [ours, theirs] = [await branch.aCertificate(), await other.aRevokedOne()];
    await house.db.transaction((tx) => tx.update(Certificate, { id: theirs.id }, { serialNumber: ours.serialNumber }));
    expect(await statusesOf(singleOf(ours))).toMatchObject([{ status: "good" }]);
    expect(await statusesOf(singleOf(ours, other.issuer))).toMatchObject([{ status: "revoked" }]);
  });

  it("unknown where its serial is no number that could be ours", async () => {
    const { serialNumber } = await branch.aCertificate();
    const tooLong = { serialNumber: `01${"00".repeat(20)}` };
    expect((await statusesOf(singleOf(tooLong), singleOf({ serialNumber }))).map(({ status }) => status)).toEqual(["unknown", "good"]);
  });
});

describe("an answer", () => {
  it("has a status for each of several, in their order, doubled ones too; what another CA issued is unknown in it", async () => {
    const other = await Branch.open(house);
    const [good, revoked, theirs] = [await branch.aCertificate(), await branch.aRevokedOne(), await other.aCertificate()];
    const answers = await statusesOf(singleOf(good), singleOf(NEVER_ISSUED), singleOf(revoked), singleOf(good), singleOf(theirs, other.issuer), aSingle(certIdOf(branch.issuer, revoked.serialNumber, { isSha256: true })));
    expect(answers.map(({ serialNumber, status }) => [serialNumber, status])).toEqual([
      [good.serialNumber, "good"], [NEVER_ISSUED.serialNumber, "unknown"], [revoked.serialNumber, "revoked"], [good.serialNumber, "good"],
      [theirs.serialNumber, "unknown"], [revoked.serialNumber, "revoked"],
    ]);
  });

  it("is accepted by OpenSSL, for the request that OpenSSL itself made, with its nonce", async () => {
    const { x509, serialNumber } = await branch.aRevokedOne("KEY_COMPROMISE");
    const [issuing = Buffer.of(), root = Buffer.of()] = await house.desk.issuers.chainOf(branch.issuer.id);
    const about = ["-issuer", scratch.pem("issuing.pem", issuing), "-cert", scratch.pem("leaf.pem", x509 ?? Buffer.of())];
    openssl(["ocsp", ...about, "-nonce", "-reqout", scratch.path("request.der")]);
    const request = readFileSync(scratch.path("request.der"));
    expect(request.includes(certIdOf(branch.issuer, serialNumber))).toBe(true); // our own requests are put together as OpenSSL's
    const { der } = await answerOcsp(house.desk, request);
    expect(openssl([
      "ocsp", "-reqin", scratch.path("request.der"), "-respin", scratch.file("response.der", der), "-CAfile", scratch.pem("root.pem", root),
      "-verify_other", scratch.path("issuing.pem"), "-attime", String(THE_MORNING.getTime() / SECOND), "-validity_period", "3000000000",
    ]).complaint).toBe("Response verify OK\n");
  });

  it("is signed by the delegate of the CA that is asked for, even where a foreign one is asked for first", async () => {
    const certificate = await branch.aCertificate();
    await Branch.open(house); // whose delegate answers for foreign ones
    const { signer, answers } = await shown(aRequest({ singles: [aSingle(aCertId()), singleOf(certificate)] }));
    expect(new X509Certificate(signer).verify(new X509Certificate(branch.issuer.certificate).publicKey)).toBe(true);
    expect(answers.map(({ status }) => status)).toEqual(["unknown", "good"]);
  });

  it("S18: echoes the nonce, of 1 to 128 octets, and has none where none was sent", async () => {
    const request = (nonce?: number) => aRequest({ singles: [singleOf(NEVER_ISSUED)], ...(nonce ? { extensions: sequence(aNonce(nonce)) } : {}) });
    for (const octets of [1, 16, 32, 128]) {
      const reply = await answerOcsp(house.desk, request(octets));
      expect(reply.der.includes(octetString(Buffer.alloc(octets, 7)))).toBe(true);
      expect(reply.isShareable).toBe(false);
    }
    const without = await answerOcsp(house.desk, request());
    expect(shownOcsp(scratch, without.der).nonce).toBeUndefined();
    expect(without.isShareable).toBe(true);
  });

  it("is of this moment and to be relied on for an hour", async () => {
    house.clock.advance(789);
    const { producedAt, nextUpdate } = await shown(aRequest({ singles: [singleOf(NEVER_ISSUED)] }));
    expect([producedAt, nextUpdate]).toEqual([THE_MORNING, later(THE_MORNING, 60 * MINUTE)]);
  });

  it("is never to be relied on for longer than its signer's certificate lasts", async () => {
    const token = { isAway: false }; // so that it isn't renewed in time
    const issuers = await openIssuers(house.desk, caSettings(removable(house.vault, token)));
    const desk = { ...house.desk, issuers, responders: openResponders(house.desk) };
    const request = aRequest({ singles: [singleOf(NEVER_ISSUED)] });
    const { signer } = await shown(request, desk);
    const notAfter = new X509Certificate(signer).validToDate;
    token.isAway = true;
    house.clock.moveTo(later(notAfter, -20 * MINUTE));
    const late = await shown(request, desk);
    expect([late.signer, late.producedAt, late.nextUpdate]).toEqual([signer, house.clock.now(), notAfter]);
  });
});

describe("after the bank's CA was followed by another, a process that was running before", () => {
  it("answers for both, each by its own delegate; and for foreign ones by one that lives", async () => {
    const old = await branch.aCertificate();
    expect(await statusOf(old)).toMatchObject({ status: "good" });

    const elsewhere = { ...house.desk, issuers: await openIssuers(house.desk, caSettings(house.vault)) };
    const next = await rotateIssuer(elsewhere, branch.tenant.bank, "P-256");
    const fresh = await branch.aCertificate();
    expect(fresh.issuerId).toBe(next.id);
    const { signer, answers } = await shown(aRequest({ singles: [singleOf(fresh, next)] }));
    expect(answers).toMatchObject([{ status: "good" }]);
    expect(new X509Certificate(signer).verify(new X509Certificate(next.certificate).publicKey)).toBe(true);

    await branch.revoke(old);
    await branch.revoke(fresh);
    expect(await statusesOf(singleOf(fresh, next))).toMatchObject([{ status: "revoked" }]);
    expect(await statusOf(old)).toMatchObject({ status: "revoked" });
    expect(await statusesOf(singleOf(old, next))).toMatchObject([{ status: "unknown" }]);

    house.clock.moveTo(later(branch.issuer.name.notAfter, DAY)); // the first ones are over
    const last = await rotateIssuer(elsewhere, branch.tenant.bank, "P-256");
    const foreign = await shown(aRequest({ singles: [aSingle(aCertId())] }));
    expect(foreign.answers).toMatchObject([{ status: "unknown" }]);
    expect(new X509Certificate(foreign.signer).verify(new X509Certificate(last.certificate).publicKey)).toBe(true);
  });
});

describe("what isn't answered is told by its name, unsigned, for nobody else's cache:", () => {
  const asked = () => aRequest({ singles: [singleOf(NEVER_ISSUED)] });

  it.each<[string, () => Buffer]>([
    ["nothing", () => Buffer.alloc(0)],
    ["random octets", () => Buffer.from("c0ffee".repeat(20), "hex")],
    ["a request that is cut off", () => asked().subarray(0, -1)],
    ["a request with something behind it", () => Buffer.concat([asked(), Buffer.of(0)])],
    ["a certificate", () => branch.issuer.certificate],
    ["a nonce of no octets", () => aRequest({ extensions: sequence(aNonce(0)) })],
    ["a nonce of 129 octets", () => aRequest({ extensions: sequence(aNonce(129)) })],
    ["two nonces", () => aRequest({ extensions: sequence(aNonce(16), aNonce(16)) })],
    ["a critical extension that nobody knows", () => aRequest({ extensions: sequence(extension("1.2.3", Buffer.of(5, 0), CRITICAL)) })],
    ["a nonce that isn't wrapped", () => aRequest({ extensions: sequence(extension(NONCE, Buffer.alloc(16, 7))) })],
    ["33 at once", () => aRequest({ singles: Array.from({ length: 33 }, () => aSingle()) })],
  ])("malformedRequest for %s", async (_what, request) => {
    const { log, said } = rememberingLog();
    const { der, isShareable } = await answerOcsp({ ...house.desk, log }, request());
    expect([der.toString("hex"), isShareable, said]).toEqual(["30030a0101", false, []]);
    expect(shownOcsp(scratch, der).response).toBe("malformedrequest");
  });

  it.each([
    ["has just gone", Object.assign(new Error("connect ECONNREFUSED"), { code: "ECONNREFUSED" })],
    ["was waited for in vain", new DatabaseUnavailable(new Error("connect ECONNREFUSED"))],
  ])("tryLater where the database is away (%s); it is logged, and afterwards everything is as before", async (_since, error) => {
    const away = { is: true };
    const db = withReads(house.db, (_sql, query) => away.is ? Promise.reject(error) : query());
    const { log, said } = rememberingLog();
    const desk = { ...house.desk, db, log, directory: openDirectory({ ...house.desk, db }) };
    const certificate = await branch.aRevokedOne();
    const request = aRequest({ singles: [singleOf(certificate)] });
    for (const _ of [1, 2]) expect((await answerOcsp(desk, request)).der.toString("hex")).toBe("30030a0103");
    expect(said).toMatchObject(Array(2).fill({ level: "error", message: "an OCSP request can't be answered" }));
    expect((await answerOcsp(desk, request)).isShareable).toBe(false);
    away.is = false;
    expect((await shown(request, desk)).answers).toMatchObject([{ status: "revoked" }]);
  });

  it("internalError where something is broken; it is logged", async () => {
    const db = withReads(house.db, (sql, query) => sql.includes("FROM certificates") ? Promise.reject(new Error("no such column")) : query());
    const { log, said } = rememberingLog();
    const { der, isShareable } = await answerOcsp({ ...house.desk, db, log }, asked());
    expect([der.toString("hex"), isShareable]).toEqual(["30030a0102", false]);
    expect(said).toMatchObject([{ level: "error", facts: { err: { message: "no such column" } } }]);
  });

  it("unauthorized where there is no CA yet to answer in the name of", async () => {
    const database = await freshDatabase();
    const db = await openDatabase(database.source);
    const { der, isShareable } = await answerOcsp({ ...house.desk, db, directory: openDirectory({ ...house.desk, db }) }, asked());
    expect([der.toString("hex"), isShareable]).toEqual(["30030a0106", false]);
    await db.close();
    await database.drop();
  });
});
