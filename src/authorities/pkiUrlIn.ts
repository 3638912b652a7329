import { X509Certificate } from "node:crypto";

/** The address of relying parties that stands in a bank's CA certificate; undefined in one that was made before they had any. */
export function pkiUrlIn(certificate: Buffer): string | undefined {
  return /^CA Issuers - URI:(http:.+)\/pki\/[a-z0-9-]+\.cer$/m.exec(new X509Certificate(certificate).infoAccess ?? "")?.[1];
}
