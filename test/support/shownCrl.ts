import { opensslPrints } from "./openssl.js";

export interface ShownCrl {
  version: number;
  number: number;
  thisUpdate: Date;
  nextUpdate: Date;
  /** By serial number, in our spelling; the reason in OpenSSL's words, undefined where none is said. */
  revoked: Map<string, { revokedAt: Date; reason: string | undefined }>;
  /** Everything that OpenSSL says of it. */
  text: string;
}

/** A CRL in DER as OpenSSL, which isn't our code, reads it. */
export function shownCrl(der: Buffer): ShownCrl {
  const text = opensslPrints(["crl", "-inform", "DER", "-noout", "-text"], der);
  const [head = "", ...entries] = text.split(/^ {4}Serial Number: /m);
  return {
    version: Number(/Version (\d+)/.exec(head)?.[1]),
    number: Number(/CRL Number: \n +(\S+)\n/.exec(head)?.[1]),
    thisUpdate: new Date(/Last Update: (.*)\n/.exec(head)?.[1] ?? ""),
    nextUpdate: new Date(/Next Update: (.*)\n/.exec(head)?.[1] ?? ""),
    revoked: new Map(entries.map((entry) => [/^\S+/.exec(entry)?.[0].toLowerCase() ?? "", {
      revokedAt: new Date(/Revocation Date: (.*)\n/.exec(entry)?.[1] ?? ""),
      reason: /Reason Code: \n +(.*)\n/.exec(entry)?.[1],
    }])),
    text,
  };
}
