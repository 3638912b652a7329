import { X509Certificate, createPublicKey, sign } from "node:crypto";
import { clientCertificate, signed, validityFrom } from "../src/pki/certificateProfile.js";
import { readCertificateRequest } from "../src/pki/certificateRequest.js";
import { makeIssuingCa, makeRoot } from "../src/pki/hierarchy.js";
import { holderName } from "../src/pki/names.js";
import { newSerialNumber } from "../src/pki/serialNumber.js";
import { keySigner, newKey } from "../src/pki/Signer.js";
import { aCsr } from "../test/support/csr.js";
import { freePort } from "../test/support/ThrowawayMariaDb.js";
import { Client } from "./clients.js";
import type { Figure } from "./Figure.js";
import { isHere, PeerCa } from "./peerCa.js";
import { compared, cpuOf, inTurn } from "./rounds.js";

const plan = { rounds: 9, warmUps: 5, count: 300 };
const NOW = new Date();
const ADDRESSES = { crl: "http://pki.example/5120-1.crl", ocsp: "http://pki.example/ocsp", certificate: "http://pki.example/5120-1.cer" };

const root = await makeRoot(keySigner(newKey("P-384")), NOW);
const issuer = await makeIssuingCa(keySigner(newKey("P-256")), { name: "5120-1", bank: { name: "証明信用金庫" } }, root, ADDRESSES, NOW);
const issuerKey = createPublicKey({ key: issuer.signer.publicKey, format: "der", type: "spki" });
const key = newKey("P-256");
const csrs = Array.from({ length: (plan.rounds + plan.warmUps) * plan.count }, () => aCsr().pem);
const ca = new PeerCa();
const client = new Client();
const port = await freePort();
const cfssl = isHere("cfssl") ? await ca.serve("cfssl", ["serve", "-address", "127.0.0.1", "-port", String(port), "-ca", ca.certificate, "-ca-key", ca.key, "-config", ca.config], { port }) : undefined;

let [forUs, forCfssl] = [0, 0];
const next = (at: number) => csrs[at % csrs.length] ?? "";
const OPENSSL_RUNS = 10; // a process each
const measured = await inTurn<string>({
  house: (count) => cpuOf(async () => { for (let done = 0; done < count; done++) await issue(next(forUs++)); }),
  signature: (count) => cpuOf(() => { for (let done = 0; done < count; done++) sign("sha256", Buffer.alloc(600, 1), key); return Promise.resolve(); }),
  ...(cfssl ? { cfssl: (count: number) => {
    const requests = Array.from({ length: count }, () => ({ headers: { "content-type": "application/json" }, body: JSON.stringify({ certificate_request: next(forCfssl++) }) }));
    return client.ask({ url: `http://127.0.0.1:${String(port)}/api/v1/cfssl/sign`, lanes: 8, requests, expects: "BEGIN CERTIFICATE" }, (asking) => ca.cpuOf(cfssl, asking));
  } } : {}),
  openssl: (count) => {
    const took = ca.cpuOfRuns(OPENSSL_RUNS, (run) => { ca.opensslCa(next(run)); });
    return Promise.resolve((took / OPENSSL_RUNS) * count);
  },
}, plan);
client.close();
ca.close();

const line = (contender: string, of: string, note: string): Figure => ({ name: "issuing a certificate", contender, ...compared(measured, of, "signature"), note });
const figures = [
  line("Shomei, CSR to certificate", "house", "request verified, written, linted, signed, checked; no database; ratio to the signature alone"),
  line("the P-256 signature alone", "signature", "node:crypto"),
  ...(cfssl ? [line("cfssl serve", "cfssl", "over HTTP, without a database; its process's CPU")] : []),
  line("openssl ca", "openssl", "a process for each, as it is meant to be run, with its index"),
];
process.send?.(figures, () => { process.disconnect(); });

/** As an enrollment does it: everything but the database. */
async function issue(csr: string): Promise<Buffer> {
  const { spki } = readCertificateRequest(csr);
  const subject = holderName({ contractName: "見本商事", displayName: "経理担当者", bankCode: "5120", loginId: "keir002" });
  const contents = { serialNumber: newSerialNumber(), subject, spki, ...validityFrom(NOW, 365, issuer.name) };
  const x509 = await signed(clientCertificate(contents, issuer.name, ADDRESSES), "CLIENT", issuer);
  if (!new X509Certificate(x509).verify(issuerKey)) throw new Error("a signature that doesn't verify");
  return x509;
}
