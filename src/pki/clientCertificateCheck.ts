import { X509Certificate } from "node:crypto";

const CLIENT_AUTH = "1.3.6.1.5.5.7.3.2";

/** Whether this CA signed the certificate, for a client to sign in with and for nothing else (RFC 5280 §6.1, §4.2.1.12). */
export function isClientCertificateOf(certificate: Buffer, caCertificate: Buffer): boolean {
  try {
    const presented = new X509Certificate(certificate);
    const issuer = new X509Certificate(caCertificate);
    // What node calls keyUsage is the extended one.
    const isForClients = presented.keyUsage.length === 1 && presented.keyUsage[0] === CLIENT_AUTH && !presented.ca;
    return isForClients && presented.raw.equals(certificate) && presented.checkIssued(issuer) && presented.verify(issuer.publicKey);
  } catch {
    return false;
  }
}
