import { nothing, octetString, oid, sequence, tlv } from "./der.js";
import { extensionIds, type ExtensionName } from "./profiles.js";

// Extensions as they stand in a certificate (RFC 5280 §4.1, §4.2), written by hand: a library takes longer for them than for the signature.

const CRITICAL = tlv(0x01, Buffer.of(0xff));
const NO_OCTETS = Buffer.alloc(0);

function extension(name: ExtensionName, isCritical: boolean, value: Buffer): Buffer {
  return sequence(oid(extensionIds[name]), isCritical ? CRITICAL : NO_OCTETS, octetString(value));
}

/** FALSE is the default and is left out (X.690 §11.5). */
export function basicConstraints(isCa: boolean, pathLength?: number): Buffer {
  const length = pathLength === undefined ? NO_OCTETS : tlv(0x02, Buffer.of(pathLength));
  return extension("basicConstraints", true, sequence(isCa ? CRITICAL : NO_OCTETS, length));
}

/** The bits of one octet, the highest being bit 0; those behind the last that is set are unused (X.690 §11.2.2). */
export function keyUsage(bits: number): Buffer {
  const unused = Math.clz32(bits & -bits) ^ 31;
  return extension("keyUsage", true, tlv(0x03, Buffer.of(unused, bits)));
}

export function extendedKeyUsage(...purposes: string[]): Buffer {
  return extension("extendedKeyUsage", false, sequence(...purposes.map(oid)));
}

/** `identifier`: hex. */
export function subjectKeyIdentifier(identifier: string): Buffer {
  return extension("subjectKeyIdentifier", false, octetString(Buffer.from(identifier, "hex")));
}

/** `identifier`: the issuer's own, hex. */
export function authorityKeyIdentifier(identifier: string): Buffer {
  return extension("authorityKeyIdentifier", false, sequence(tlv(0x80, Buffer.from(identifier, "hex"))));
}

const address = (uri: string) => tlv(0x86, Buffer.from(uri, "utf8"));

export function crlDistributionPoint(uri: string): Buffer {
  return extension("crlDistributionPoints", false, sequence(sequence(tlv(0xa0, tlv(0xa0, address(uri))))));
}

const OCSP = oid("1.3.6.1.5.5.7.48.1");
const CA_ISSUERS = oid("1.3.6.1.5.5.7.48.2");

export function authorityInfoAccess({ ocsp, certificate }: { ocsp?: string; certificate: string }): Buffer {
  const descriptions = [...(ocsp === undefined ? [] : [sequence(OCSP, address(ocsp))]), sequence(CA_ISSUERS, address(certificate))];
  return extension("authorityInfoAccess", false, sequence(...descriptions));
}

/** id-pkix-ocsp-nocheck (RFC 6960 §4.2.2.2.1). */
export const ocspNoCheck = extension("ocspNoCheck", false, nothing);
