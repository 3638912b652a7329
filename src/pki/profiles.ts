import type { SignatureAlgorithm } from "./Signer.js";

/** What a certificate is for; each has its profile. */
export type Profile = "ROOT" | "ISSUING" | "CLIENT" | "OCSP_SIGNER";

/** What a certificate needs of the one who issues it. All DER. */
export interface IssuingName {
  subject: Buffer;
  subjectKeyIdentifier: string; // hex
  notAfter: Date;
  algorithm: SignatureAlgorithm;
}

/** Where those who rely on a CA's certificates look: absolute http addresses (RFC 5280 §4.2.1.13, §4.2.2.1). */
export interface Addresses {
  crl: string;
  ocsp: string;
  /** The CA's own certificate. */
  certificate: string;
}

export const CLIENT_AUTH = "1.3.6.1.5.5.7.3.2";
export const OCSP_SIGNING = "1.3.6.1.5.5.7.3.9";

/** Every extension that a certificate of ours may have (RFC 5280 §4.2; RFC 6960 §4.2.2.2.1). */
export const extensionIds = {
  basicConstraints: "2.5.29.19",
  keyUsage: "2.5.29.15",
  extendedKeyUsage: "2.5.29.37",
  subjectKeyIdentifier: "2.5.29.14",
  authorityKeyIdentifier: "2.5.29.35",
  crlDistributionPoints: "2.5.29.31",
  authorityInfoAccess: "1.3.6.1.5.5.7.1.1",
  ocspNoCheck: "1.3.6.1.5.5.7.48.1.5",
} as const;
export type ExtensionName = keyof typeof extensionIds;

/** Every attribute that a subject of ours may have: its type of string, and how many characters (RFC 5280 appendix A.1). */
export const subjectAttributes = {
  country: { id: "2.5.4.6", string: "PrintableString", fewest: 2, most: 2 },
  organization: { id: "2.5.4.10", string: "UTF8String", fewest: 1, most: 64 }, // ub-organization-name
  commonName: { id: "2.5.4.3", string: "UTF8String", fewest: 1, most: 64 }, // ub-common-name
  serialNumber: { id: "2.5.4.5", string: "PrintableString", fewest: 1, most: 64 }, // ub-serial-number
} as const;
export type AttributeName = keyof typeof subjectAttributes;

/** The bits of a KeyUsage that we use, by their place (RFC 5280 §4.2.1.3). */
export const keyUsageBits = { digitalSignature: 0, keyCertSign: 5, cRLSign: 6 } as const;

/** What may be looked up about the issuer (RFC 5280 §4.2.2.1). */
export const accessMethods = { ocsp: "1.3.6.1.5.5.7.48.1", caIssuers: "1.3.6.1.5.5.7.48.2" } as const;

interface Demands {
  /** Both ends counted. */
  mostDays: number;
  /** In this order. */
  subject: readonly AttributeName[];
  basicConstraints: { isCa: boolean; pathLength?: number };
  keyUsage: readonly (keyof typeof keyUsageBits)[];
  extendedKeyUsage: readonly string[];
  authorityInfoAccess: readonly (keyof typeof accessMethods)[];
  /** All of these, and whether a reader must understand them; no other. */
  extensions: Partial<Record<ExtensionName, "CRITICAL" | "NOT_CRITICAL">>;
}

const CA_SUBJECT = ["country", "organization", "commonName"] as const;
const ALWAYS = {
  basicConstraints: "CRITICAL", keyUsage: "CRITICAL", subjectKeyIdentifier: "NOT_CRITICAL", authorityKeyIdentifier: "NOT_CRITICAL",
} as const;

/** What each profile demands, as data: the linter's rules read it, those who write certificates don't. */
export const demandsOf: Record<Profile, Demands> = {
  ROOT: {
    mostDays: 7_305, // 20 years with their leap days
    subject: CA_SUBJECT,
    basicConstraints: { isCa: true },
    keyUsage: ["keyCertSign", "cRLSign"],
    extendedKeyUsage: [],
    authorityInfoAccess: [],
    extensions: ALWAYS,
  },
  ISSUING: {
    mostDays: 3_653, // 10 years with their leap days
    subject: CA_SUBJECT,
    basicConstraints: { isCa: true, pathLength: 0 },
    keyUsage: ["keyCertSign", "cRLSign"],
    extendedKeyUsage: [CLIENT_AUTH, OCSP_SIGNING],
    authorityInfoAccess: ["caIssuers"],
    extensions: { ...ALWAYS, extendedKeyUsage: "NOT_CRITICAL", crlDistributionPoints: "NOT_CRITICAL", authorityInfoAccess: "NOT_CRITICAL" },
  },
  CLIENT: {
    mostDays: 3 * 366,
    subject: [...CA_SUBJECT, "serialNumber"],
    basicConstraints: { isCa: false },
    keyUsage: ["digitalSignature"],
    extendedKeyUsage: [CLIENT_AUTH],
    authorityInfoAccess: ["ocsp", "caIssuers"],
    extensions: { ...ALWAYS, extendedKeyUsage: "NOT_CRITICAL", crlDistributionPoints: "NOT_CRITICAL", authorityInfoAccess: "NOT_CRITICAL" },
  },
  OCSP_SIGNER: {
    mostDays: 31, // nobody can ask whether it is revoked (RFC 6960 §4.2.2.2.1), so it is soon over
    subject: CA_SUBJECT,
    basicConstraints: { isCa: false },
    keyUsage: ["digitalSignature"],
    extendedKeyUsage: [OCSP_SIGNING],
    authorityInfoAccess: [],
    extensions: { ...ALWAYS, extendedKeyUsage: "NOT_CRITICAL", ocspNoCheck: "NOT_CRITICAL" },
  },
};
