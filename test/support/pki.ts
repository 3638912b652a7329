import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { clientCertificate, ocspSigner, signed, validityFrom } from "../../src/pki/certificateProfile.js";
import { makeIssuingCa, makeRoot, type Authority } from "../../src/pki/hierarchy.js";
import { holderName, ocspSignerName } from "../../src/pki/names.js";
import { toPem } from "../../src/pki/pem.js";
import { newSerialNumber } from "../../src/pki/serialNumber.js";
import { keySigner, newKey, type KeyKind } from "../../src/pki/Signer.js";

export const NOW = new Date("2026-11-24T01:00:00.789Z");
const BANK = { name: "証明信用金庫" };
const HOLDER = { contractName: "株式会社サンプル商事", displayName: "経理　太郎", bankCode: "5120", loginId: "taro001" };
const at = (name: string) => `http://pki.example.jp/pki/${name}`;

/** A root and an issuing CA, both with keys of this kind. */
export async function aHierarchy(kind: KeyKind): Promise<{ root: Authority; issuing: Authority }> {
  const root = await makeRoot(keySigner(newKey(kind)), NOW);
  const addresses = { crl: at("root.crl"), certificate: at("root.cer") };
  return { root, issuing: await makeIssuingCa(keySigner(newKey(kind)), { name: "5120-1", bank: BANK }, root, addresses, NOW) };
}

/** A user's certificate of this serial. */
export function aLeaf(issuing: Authority, serialNumber = newSerialNumber()): Promise<Buffer> {
  const contents = { serialNumber, subject: holderName(HOLDER), spki: keySigner(newKey("P-256")).publicKey, ...validityFrom(NOW, 365, issuing.name) };
  const addresses = { crl: at("5120-1.crl"), ocsp: at("ocsp"), certificate: at("5120-1.cer") };
  return signed(clientCertificate(contents, issuing.name, addresses), "CLIENT", issuing);
}

/** One whom the CA lets answer OCSP requests, with a key of this kind. */
export async function anOcspSigner(issuing: Authority, kind: KeyKind) {
  const signer = keySigner(newKey(kind));
  const contents = { serialNumber: newSerialNumber(), subject: ocspSignerName("5120-1"), spki: signer.publicKey, ...validityFrom(NOW, 7, issuing.name) };
  return { certificate: await signed(ocspSigner(contents, issuing.name), "OCSP_SIGNER", issuing), signer };
}

/** A folder for what the OpenSSL command line reads and writes. */
export class Scratch {
  private readonly dir = mkdtempSync(join(tmpdir(), "shomei-pki-"));

  path(name: string): string {
    return join(this.dir, name);
  }

  file(name: string, contents: string | Buffer): string {
    writeFileSync(this.path(name), contents);
    return this.path(name);
  }

  pem(name: string, ...certificates: Buffer[]): string {
    return this.file(name, certificates.map((certificate) => toPem("CERTIFICATE", certificate)).join(""));
  }

  remove(): void {
    rmSync(this.dir, { recursive: true, force: true });
  }
}
