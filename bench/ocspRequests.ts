import { createHash } from "node:crypto";
import { octetString, oid, sequence, tlv } from "../src/pki/der.js";
import { serialOctets } from "../src/pki/serialNumber.js";

const P256_POINT = 65; // octets: the key's bits, at the end of its SubjectPublicKeyInfo

/** As most clients make one: SHA-1, no nonce. `subject` and `spki` are the issuer's, whose key is a P-256. */
export function ocspRequestFor(serialNumber: string, { subject, spki }: { subject: Buffer; spki: Buffer }): Buffer {
  const sha1 = (bytes: Buffer) => octetString(createHash("sha1").update(bytes).digest());
  const certId = sequence(sequence(oid("1.3.14.3.2.26"), tlv(0x05)), sha1(subject), sha1(spki.subarray(-P256_POINT)), tlv(0x02, serialOctets(serialNumber)));
  return sequence(sequence(sequence(sequence(certId))));
}
