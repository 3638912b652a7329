import { X509Certificate } from "node:crypto";
import { issuingCa, issuingNameOf, rootCa, selfIssuing, signed, validityFrom } from "./certificateProfile.js";
import { issuingName, rootName } from "./names.js";
import type { Addresses, IssuingName } from "./profiles.js";
import { newSerialNumber } from "./serialNumber.js";
import type { Signer } from "./Signer.js";

const ROOT_DAYS = 20 * 365;
const ISSUING_DAYS = 10 * 365;

/** A CA that can issue: its certificate, the name it issues under, its key. */
export interface Authority {
  certificate: Buffer;
  name: IssuingName;
  signer: Signer;
}

export async function makeRoot(signer: Signer, now: Date): Promise<Authority> {
  const contents = { serialNumber: newSerialNumber(), subject: rootName(), spki: signer.publicKey, ...validityFrom(now, ROOT_DAYS) };
  const name = selfIssuing(contents, signer.algorithm);
  return authority(await signed(rootCa(contents, signer.algorithm), "ROOT", { name, signer }), signer);
}

/** `name` is the CA's own, as in `/pki/<name>.cer`; the addresses are the root's. */
export async function makeIssuingCa(
  signer: Signer,
  { name, bank }: { name: string; bank: { name: string } },
  root: Authority,
  addresses: Omit<Addresses, "ocsp">,
  now: Date,
): Promise<Authority> {
  const validity = validityFrom(now, ISSUING_DAYS, root.name);
  const contents = { serialNumber: newSerialNumber(), subject: issuingName(name, bank), spki: signer.publicKey, ...validity };
  return authority(await signed(issuingCa(contents, root.name, addresses), "ISSUING", root), signer);
}

/** Joins a stored CA certificate with its key; throws when they are not a pair. */
export function authority(certificate: Buffer, signer: Signer): Authority {
  const certified = new X509Certificate(certificate).publicKey.export({ type: "spki", format: "der" });
  if (!signer.publicKey.equals(certified)) throw new Error("a CA certificate and a key that are not a pair");
  return { certificate, name: issuingNameOf(certificate, signer), signer };
}
