import { createHash } from "node:crypto";
import { octetString } from "../der.js";
import { extensionNamed, type ToBeSigned } from "../ToBeSigned.js";

/** SHA-1 over the key's bits, reckoned here anew from the certificate's own key (RFC 5280 §4.2.1.2, method 1). */
export function subjectKeyIdentifier(certificate: ToBeSigned): string | undefined {
  const stated = extensionNamed("subjectKeyIdentifier", certificate);
  const demanded = octetString(createHash("sha1").update(certificate.publicKey.bits).digest());
  if (!stated || stated.equals(demanded)) return undefined; // extensionSet speaks of a missing one
  return `${stated.toString("hex")} instead of ${demanded.toString("hex")}`;
}
