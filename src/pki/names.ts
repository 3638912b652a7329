import "reflect-metadata";
import { Name, X509Certificate } from "@peculiar/x509";
import { oid, sequence, tlv } from "./der.js";

/** One attribute of a name: its type, and its string with that one's tag. Strings are never parsed, so that "ABC, Inc." stays whole. */
interface Attribute {
  type: Buffer;
  value: Buffer;
}

/** A distinguished name, one attribute after the other. */
export type DistinguishedName = readonly Attribute[];

const types = new Map(["2.5.4.6", "2.5.4.10", "2.5.4.3", "2.5.4.5"].map((dotted) => [dotted, oid(dotted)]));
const attribute = (dotted: string, value: Buffer): Attribute => ({ type: types.get(dotted) ?? oid(dotted), value });
const utf8 = (dotted: string, value: string) => attribute(dotted, tlv(0x0c, Buffer.from(value, "utf8")));
// What PrintableString hasn't stays what it is, for the linter to see.
const printable = (dotted: string, value: string) => attribute(dotted, tlv(0x13, Buffer.from(value, "utf8")));
const COUNTRY = printable("2.5.4.6", "JP");
const organization = (name: string) => utf8("2.5.4.10", name);
const commonName = (name: string) => utf8("2.5.4.3", name);
const identifier = (id: string) => printable("2.5.4.5", id); // serialNumber; "SN" would be the surname

export function rootName(): DistinguishedName {
  return [COUNTRY, organization("Shomei"), commonName("Shomei Root CA 1")];
}

/** `name` is the CA's own, as in `/pki/<name>.cer`: bank code and generation. */
export function issuingName(name: string, bank: { name: string }): DistinguishedName {
  return [COUNTRY, organization(bank.name), commonName(`Shomei Issuing CA ${name}`)];
}

/** `name` is the CA's own. */
export function ocspSignerName(name: string): DistinguishedName {
  return [COUNTRY, organization("Shomei"), commonName(`Shomei OCSP Signer ${name}`)];
}

/** Built from our own data, never from a CSR. */
export function holderName(holder: { contractName: string; displayName: string; bankCode: string; loginId: string }): DistinguishedName {
  return [COUNTRY, organization(holder.contractName), commonName(holder.displayName), identifier(`${holder.bankCode}-${holder.loginId}`)];
}

/** A certificate's subject or issuer as text (RFC 4514). */
export function nameText(certificate: Buffer, which: "subjectName" | "issuerName"): string {
  return new Name(new X509Certificate(certificate)[which].toArrayBuffer(), { serialNumber: "2.5.4.5" }).toString();
}

/** A name as it stands in a certificate, DER. */
export function nameDer(name: DistinguishedName): Buffer {
  return sequence(...name.map(({ type, value }) => tlv(0x31, sequence(type, value))));
}
