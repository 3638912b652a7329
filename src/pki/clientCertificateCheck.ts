import { X509Certificate } from "node:crypto";
import type { Validity } from "./certificateProfile.js";

const CLIENT_AUTH = "1.3.6.1.5.5.7.3.2";

/**
 * The time for which this CA lets a client sign in with the certificate, both ends included; undefined where the CA
 * didn't sign it, or for another purpose, too (RFC 5280 §6.1, §4.2.1.12).
 */
export function clientValidity(certificate: Buffer, caCertificate: Buffer): Validity | undefined {
  try {
    const presented = new X509Certificate(certificate);
    const issuer = new X509Certificate(caCertificate);
    // What node calls keyUsage is the extended one.
    const isForClients = presented.keyUsage.length === 1 && presented.keyUsage[0] === CLIENT_AUTH && !presented.ca;
    const isSigned = presented.raw.equals(certificate) && presented.checkIssued(issuer) && presented.verify(issuer.publicKey);
    return isForClients && isSigned ? { notBefore: new Date(presented.validFrom), notAfter: new Date(presented.validTo) } : undefined;
  } catch {
    return undefined;
  }
}
