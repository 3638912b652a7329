import { X509Certificate, createHash, verify, type KeyObject } from "node:crypto";
import type { IssuerInUse } from "../../../src/authorities/Issuers.js";
import { revokeCertificate } from "../../../src/certificates/revokeCertificate.js";
import { nothing, oid, sequence, tlv } from "../../../src/pki/der.js";
import { serialOctets } from "../../../src/pki/serialNumber.js";
import type { House } from "../House.js";
import { aCertId } from "../ocspRequest.js";
import { readOcspResponse } from "./readOcspResponse.js";

type Status = "GOOD" | "REVOKED" | "UNKNOWN";

/** Certificates of a house by the CertIDs that mean them, and what may be said of each. */
export interface OcspWorld {
  /** Every spelling of a CertID that we know, of certificates of every state. */
  known: Buffer[];
  /** Throws where the answer isn't an OCSPResponse that fits the request; tells in a word what it says. */
  verdict: (request: Buffer, response: Buffer) => string;
}

export async function ocspWorld(house: House): Promise<OcspWorld> {
  const serials = await someCertificates(house);
  const [row]: { id: string }[] = await house.db.reads.query("SELECT i.id FROM issuers i WHERE i.kind = 'ISSUING'");
  const issuer = await house.desk.issuers.open(row?.id ?? "");
  const spellings = [...serials].flatMap(([serialNumber, status]) => certIdsOf(issuer, serialNumber).map((certId) => ({ certId, status })));
  const statuses = new Map(spellings.map(({ certId, status }) => [certId.toString("hex"), status]));
  const keys = new Map<string, KeyObject>();

  const verdict = (request: Buffer, response: Buffer) => {
    const read = readOcspResponse(response);
    if (typeof read === "string") return read;
    const { answers, nonce, signed, signature, certificate } = read;
    const name = certificate.toString("base64");
    const key = keys.get(name) ?? new X509Certificate(certificate).publicKey;
    keys.set(name, key);
    if (!verify("sha256", signed, key, signature)) throw new Error("an answer that isn't signed by its responder");
    if (nonce && !request.includes(nonce)) throw new Error("a nonce that nobody sent");
    answers.reduce((behind, { certId, status }) => {
      const at = request.indexOf(certId, behind);
      if (at < 0) throw new Error("an answer to what wasn't asked, or in another order");
      if (status !== (statuses.get(certId.toString("hex")) ?? "UNKNOWN")) throw new Error(`${status}, which it is not`);
      return at + certId.length;
    }, 0);
    return [...new Set(answers.map(({ status }) => status))].sort().join("+");
  };
  return { known: spellings.map(({ certId }) => certId), verdict };
}

/** Serial numbers, and what OCSP must say of them. */
async function someCertificates(house: House): Promise<Map<string, Status>> {
  const { master, taro, hana, contract } = await house.aTenant();
  const [active, revoked] = [await house.aCertificate(taro), await house.aCertificate(hana)];
  await revokeCertificate(house.desk, await house.signedIn(master), { certificateId: revoked.id, reason: "KEY_COMPROMISE" });
  const pending = await house.aCertificate(await house.aUser(contract), "PENDING");
  const another = await house.aCertificate(await house.aUser(contract));
  return new Map([[active.serialNumber, "GOOD"], [another.serialNumber, "GOOD"], [revoked.serialNumber, "REVOKED"], [pending.serialNumber, "UNKNOWN"]]);
}

const HASHES = { sha1: "1.3.14.3.2.26", sha256: "2.16.840.1.101.3.4.2.1", sha384: "2.16.840.1.101.3.4.2.2", sha512: "2.16.840.1.101.3.4.2.3" };

/** With each hash, its parameters said and left out (RFC 6960 §4.1.1, RFC 5754 §2). The CA has a P-256 key. */
function certIdsOf({ name, signer }: IssuerInUse, serialNumber: string): Buffer[] {
  const bits = signer.publicKey.subarray(-65);
  return Object.entries(HASHES).flatMap(([hash, dotted]) => {
    const hashed = (bytes: Buffer) => createHash(hash).update(bytes).digest();
    const parts = { issuerNameHash: hashed(name.subject), issuerKeyHash: hashed(bits), serial: tlv(0x02, serialOctets(serialNumber)) };
    return [sequence(oid(dotted), nothing), sequence(oid(dotted))].map((algorithm) => aCertId({ algorithm, ...parts }));
  });
}
