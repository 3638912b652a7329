import { createHash, createPublicKey } from "node:crypto";
import { nothing, oid, sequence, tlv } from "../../src/pki/der.js";
import type { Authority } from "../../src/pki/hierarchy.js";
import { serialOctets } from "../../src/pki/serialNumber.js";
import { aCertId } from "./ocspRequest.js";
import { openssl } from "./openssl.js";
import type { Scratch } from "./pki.js";

const SHA256 = sequence(oid("2.16.840.1.101.3.4.2.1"), nothing);

/** The CertID of this serial of a CA with a P-256 key, put together from what the CA's certificate says. */
export function certIdOf({ name, signer }: Pick<Authority, "name" | "signer">, serialNumber: string, { isSha256 = false, keyOf = signer } = {}): Buffer {
  const { x = "", y = "" } = createPublicKey({ key: keyOf.publicKey, format: "der", type: "spki" }).export({ format: "jwk" });
  const bits = Buffer.concat([Buffer.of(4), Buffer.from(x, "base64url"), Buffer.from(y, "base64url")]);
  const hash = (bytes: Buffer) => createHash(isSha256 ? "sha256" : "sha1").update(bytes).digest();
  const algorithm = isSha256 ? { algorithm: SHA256 } : {};
  return aCertId({ ...algorithm, issuerNameHash: hash(name.subject), issuerKeyHash: hash(bits), serial: tlv(0x02, serialOctets(serialNumber)) });
}

export interface ShownOcsp {
  /** Of the whole response: `successful`, `malformedrequest`, … */
  response: string;
  producedAt: Date;
  nextUpdate: Date;
  nonce: string | undefined;
  /** The reason as RFC 5280 §5.3.1 numbers it. */
  answers: { serialNumber: string; status: string; revokedAt: Date | undefined; reason: number | undefined }[];
  /** The signer's certificate, PEM. */
  signer: string;
}

/** An OCSP response in DER as OpenSSL, which isn't our code, reads it. */
export function shownOcsp(scratch: Scratch, der: Buffer): ShownOcsp {
  const { out } = openssl(["ocsp", "-respin", scratch.file("shown.der", der), "-resp_text", "-noverify"]);
  const text = out.replace(/\r/g, "");
  const dateIn = (of: string, what: string) => new Date(new RegExp(`${what}: (.*)\\n`).exec(of)?.[1] ?? "");
  const [, ...answers] = text.split("Certificate ID:\n");
  return {
    response: /(?:Response Status|Responder Error): (\w+)/.exec(text)?.[1] ?? "none",
    producedAt: dateIn(text, "Produced At"),
    nextUpdate: dateIn(text, "Next Update"),
    nonce: /OCSP Nonce: *\n *(\w+)\n/.exec(text)?.[1]?.toLowerCase(),
    answers: answers.map((answer) => ({
      serialNumber: /Serial Number: (\w+)/.exec(answer)?.[1]?.toLowerCase() ?? "",
      status: /Cert Status: (\w+)/.exec(answer)?.[1] ?? "",
      revokedAt: answer.includes("Revocation Time") ? dateIn(answer, "Revocation Time") : undefined,
      reason: answer.includes("Revocation Reason") ? Number(/Revocation Reason: .*\((\w+)\)/.exec(answer)?.[1]) : undefined,
    })),
    signer: /-----BEGIN CERTIFICATE-----[^]*?-----END CERTIFICATE-----/.exec(text)?.[0] ?? "",
  };
}
