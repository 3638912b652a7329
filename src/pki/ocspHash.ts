import { nothing, oid, sequence } from "./der.js";
import { DerError, DerReader, dottedOid } from "./derReader.js";

export type OcspHash = "sha1" | "sha256" | "sha384" | "sha512";

interface KnownHash {
  hash: OcspHash;
  octets: number;
  /** Both are about: RFC 5754 §2 wants the parameters absent, and NULL accepted; OpenSSL writes NULL. */
  identifiers: Buffer[];
}

const known = (hash: OcspHash, octets: number, dotted: string): KnownHash =>
  ({ hash, octets, identifiers: [sequence(oid(dotted), nothing), sequence(oid(dotted))] });

const knownHashes = [
  known("sha1", 20, "1.3.14.3.2.26"),
  known("sha256", 32, "2.16.840.1.101.3.4.2.1"),
  known("sha384", 48, "2.16.840.1.101.3.4.2.2"),
  known("sha512", 64, "2.16.840.1.101.3.4.2.3"),
];

/**
 * Reads the AlgorithmIdentifier of a CertID; undefined where it is one that we don't know. That is
 * read all the same, because it is echoed in what we sign: for a hash, parameters are NULL or nothing.
 */
export function readOcspHash(certId: DerReader): Pick<KnownHash, "hash" | "octets"> | undefined {
  const { der, content } = certId.read(0x30);
  const found = knownHashes.find(({ identifiers }) => identifiers.some((identifier) => identifier.equals(der)));
  if (!found && readAlgorithm(new DerReader(content))?.equals(nothing) === false) throw new DerError("a hash with parameters");
  return found;
}

/** Within an AlgorithmIdentifier, DER: an object identifier, and at most one element, its parameters (RFC 5280 §4.1.1.2). */
export function readAlgorithm(identifier: DerReader): Buffer | undefined {
  dottedOid(identifier.read(0x06).content);
  const parameters = identifier.isAtEnd ? undefined : identifier.read().der;
  identifier.finish();
  return parameters;
}
