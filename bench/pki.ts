// What CRLs and OCSP answers cost on this machine: `npx tsc -p . && node dist/bench/pki.js`. Ratios travel, seconds don't.
import { createHash, sign } from "node:crypto";
import { cpus } from "node:os";
import { DAY, MINUTE, later } from "../src/foundation/clock.js";
import { ocspSigner, signed, validityFrom } from "../src/pki/certificateProfile.js";
import { crlEntries, signedCrl } from "../src/pki/crl.js";
import { octetString, oid, sequence, tlv } from "../src/pki/der.js";
import { makeIssuingCa, makeRoot } from "../src/pki/hierarchy.js";
import { ocspSignerName } from "../src/pki/names.js";
import { readOcspRequest } from "../src/pki/ocspRequest.js";
import { ocspResponder, ocspResponse } from "../src/pki/ocspResponse.js";
import { newSerialNumber, serialOctets } from "../src/pki/serialNumber.js";
import { keySigner, newKey } from "../src/pki/Signer.js";
import { crlContent } from "../src/validation/crlStore.js";
import { Branch } from "../test/support/branch.js";
import { House } from "../test/support/House.js";
import { manyRevoked } from "../test/support/manyRevoked.js";

const ROUNDS = 9;
const OPERATIONS = 5_000;
const NOW = new Date();
const BANK = { name: "証明信用金庫" };
const ADDRESSES = { crl: "http://pki.example/root.crl", certificate: "http://pki.example/root.cer" };

const root = await makeRoot(keySigner(newKey("P-384")), NOW);
const issuing = await makeIssuingCa(keySigner(newKey("P-256")), { name: "5120-1", bank: BANK }, root, ADDRESSES, NOW);
const key = newKey("P-256");
const signer = keySigner(key);
const contents = { serialNumber: newSerialNumber(), subject: ocspSignerName("5120-1"), spki: signer.publicKey, ...validityFrom(NOW, 7, issuing.name) };
const responder = ocspResponder(await signed(ocspSigner(contents, issuing.name), "OCSP_SIGNER", issuing), signer);

const { model = "an unknown processor" } = cpus()[0] ?? {};
console.log(`${model} × ${cpus().length}, Node ${process.version}, OpenSSL ${process.versions.openssl}; medians of ${ROUNDS} rounds`);
await benchOcsp();
for (const count of [1_000, 100_000, 1_000_000]) await benchCrl(count);
await benchStoredCrl(100_000);

async function benchOcsp(): Promise<void> {
  const request = requestFor(newSerialNumber());
  const [signing, reading, answering]: [number[], number[], number[]] = [[], [], []];
  const toBeSigned = Buffer.alloc(200, 1); // about as long as a response's data
  for (let round = 0; round <= ROUNDS; round++) {
    signing.push(await microseconds(() => sign("sha256", toBeSigned, key)));
    reading.push(await microseconds(() => readOcspRequest(request)));
    answering.push(await microseconds(() => answer(request)));
  }
  const [signature, read, whole] = [median(signing), median(reading), median(answering)];
  console.log(`P-256 signature alone              ${signature.toFixed(1)} µs`);
  console.log(`reading an OCSP request            ${read.toFixed(1)} µs`);
  console.log(`reading and answering one          ${whole.toFixed(1)} µs: ${(whole / signature).toFixed(2)} × the signature`);
}

async function answer(der: Buffer): Promise<Buffer> {
  const { certIds, nonce } = readOcspRequest(der);
  const answers = certIds.map((certId) => ({ certId, status: { status: "GOOD" } as const }));
  return ocspResponse(answers, { producedAt: NOW, nextUpdate: later(NOW, 10 * MINUTE), nonce }, responder);
}

/** As `openssl ocsp` makes one: SHA-1, a nonce of 16 octets. */
function requestFor(serialNumber: string): Buffer {
  const sha1 = (bytes: Buffer) => octetString(createHash("sha1").update(bytes).digest());
  const certId = sequence(sequence(oid("1.3.14.3.2.26"), tlv(0x05)), sha1(issuing.name.subject), sha1(issuing.signer.publicKey), tlv(0x02, serialOctets(serialNumber)));
  const nonce = sequence(oid("1.3.6.1.5.5.7.48.1.2"), octetString(octetString(Buffer.alloc(16, 7))));
  return sequence(sequence(sequence(sequence(certId)), tlv(0xa2, sequence(nonce))));
}

async function benchCrl(count: number): Promise<void> {
  const revoked = Array.from({ length: count }, () => ({ serialNumber: newSerialNumber(), revokedAt: NOW, reason: "KEY_COMPROMISE" as const }));
  const [seconds, sizes]: [number[], number[]] = [[], []];
  for (let round = 0; round <= ROUNDS; round++) {
    const start = performance.now();
    const pages: Buffer[] = [];
    for (let from = 0; from < count; from += 10_000) pages.push(crlEntries(revoked.slice(from, from + 10_000)));
    const parts = await signedCrl({ issuer: issuing, number: 1, thisUpdate: NOW, nextUpdate: later(NOW, DAY) }, pages);
    seconds.push((performance.now() - start) / 1_000);
    sizes.push(parts.reduce((sum, { length }) => sum + length, 0));
  }
  const [took, size] = [median(seconds), median(sizes)];
  console.log(`CRL of ${String(count).padStart(9)} entries           ${took.toFixed(4)} s, ${size} octets, ${((took / count) * 1e6).toFixed(2)} µs an entry`);
}

/** As it is served: counted and read from the database (the embedded one, or DATABASE_URL's), signed, stored, read back. */
async function benchStoredCrl(count: number): Promise<void> {
  const house = await House.open();
  const branch = await Branch.open(house);
  await manyRevoked(branch, count);
  const [making, looking, reading]: [number[], number[], number[]] = [[], [], []];
  for (let round = 0; round <= ROUNDS; round++) {
    await branch.aRevokedOne();
    const start = performance.now();
    const crl = await house.desk.crls.current(branch.ca);
    const made = performance.now();
    await house.desk.crls.current(branch.ca);
    const looked = performance.now();
    if (crl) for await (const _ of crlContent(house.desk, crl));
    making.push(made - start);
    looking.push(looked - made);
    reading.push(performance.now() - looked);
  }
  await house.close();
  console.log(`CRL of ${String(count).padStart(9)} from the database  ${median(making).toFixed(0)} ms made and stored, ${median(looking).toFixed(1)} ms to see that nothing changed, ${median(reading).toFixed(1)} ms to read`);
}

async function microseconds(operation: () => unknown): Promise<number> {
  const start = performance.now();
  for (let done = 0; done < OPERATIONS; done++) await operation();
  return ((performance.now() - start) / OPERATIONS) * 1_000;
}

/** Without the first, which warms up. */
function median([, ...measured]: number[]): number {
  return measured.sort((one, other) => one - other)[Math.floor(measured.length / 2)] ?? NaN;
}
