import { createPublicKey, generateKeyPairSync, randomBytes } from "node:crypto";
import {
  clientCertificate, issuingCa, ocspSigner, rootCa, selfIssuing, signed, validityFrom, type Contents,
} from "../../src/pki/certificateProfile.js";
import { bitString, integer, nothing, octetString, oid, sequence, tlv } from "../../src/pki/der.js";
import { DerReader, enterDer } from "../../src/pki/derReader.js";
import { ProfileBreach } from "../../src/pki/lint.js";
import { holderName, issuingName, ocspSignerName, rootName } from "../../src/pki/names.js";
import { extensionIds, type ExtensionName, type IssuingName, type Profile } from "../../src/pki/profiles.js";
import { algorithmOf, type Signer } from "../../src/pki/Signer.js";
import { readToBeSigned, type ToBeSigned } from "../../src/pki/ToBeSigned.js";

/** To-be-signed bytes as our own functions make them. */
export interface Made {
  bytes: Buffer;
  profile: Profile;
  issuer: IssuingName;
}

export const profiles = ["ROOT", "ISSUING", "CLIENT", "OCSP_SIGNER"] as const satisfies Profile[];
export const NOW = new Date("2026-11-24T01:00:00Z");
const AT_THE_END_OF_UTC_TIME = new Date("2049-12-20T01:00:00Z");
export const ADDRESSES = {
  crl: "http://pki.shomei.example/pki/5120-1.crl", ocsp: "http://pki.shomei.example/ocsp", certificate: "http://pki.shomei.example/pki/5120-1.cer",
};
const BANK = { name: "証明信用金庫" };
const HOLDER = { contractName: "株式会社𠮷野サンプル商事", displayName: "経理　太郎", bankCode: "5120", loginId: "taro001" };

const ecSpki = (namedCurve: string) => generateKeyPairSync("ec", { namedCurve }).publicKey.export({ type: "spki", format: "der" });

/** A public key is only an odd number of its length here, so that no test waits for primes. */
export function rsaSpki(bits: number, exponent = integer(65_537)): Buffer {
  const modulus = randomBytes(Math.ceil(bits / 8));
  const top = (bits - 1) % 8;
  modulus[0] = ((modulus[0] ?? 0) & ((1 << top) - 1)) | (1 << top);
  modulus[modulus.length - 1] = (modulus.at(-1) ?? 0) | 1;
  return rsaSpkiOf(tlv(0x02, top === 7 ? Buffer.of(0) : Buffer.alloc(0), modulus), exponent);
}

export function rsaSpkiOf(modulus: Buffer, exponent = integer(65_537)): Buffer {
  return sequence(sequence(oid("1.2.840.113549.1.1.1"), nothing), bitString(sequence(modulus, exponent)));
}

const P256 = ecSpki("P-256");
const P384 = ecSpki("P-384");
const spkis = [P256, P384, rsaSpki(2048), rsaSpki(3072)];
const serialNumbers = ["01", "80000000000000000000000000000001", "7f0102030405060708090a0b0c0d0e0f10", `7f${"ff".repeat(19)}`];

/** One of this profile; of a P-256 key under an issuer with a P-384 one. */
export function made(profile: Profile): Made {
  return make(profile, {});
}

/** Each profile with each kind of key, with short, long and top-heavy serials, before and beyond 2049. */
export function everythingMade(): Made[] {
  return profiles.flatMap((profile) => spkis.flatMap((spki) => serialNumbers.flatMap((serialNumber) =>
    [NOW, AT_THE_END_OF_UTC_TIME].map((now) => make(profile, { spki, serialNumber, now })))));
}

interface Choice {
  spki: Buffer;
  serialNumber: string;
  now: Date;
}

function make(profile: Profile, { spki = P256, serialNumber = "01", now = NOW }: Partial<Choice>): Made {
  const algorithm = algorithmOf(createPublicKey({ key: spki, format: "der", type: "spki" }));
  const root = { serialNumber, subject: rootName(), spki: profile === "ROOT" ? spki : P384, ...validityFrom(now, 20 * 365) };
  const rootIssuing = selfIssuing(root, profile === "ROOT" ? algorithm : "ECDSA_SHA384");
  const issuing = { serialNumber, subject: issuingName("5120-1", BANK), spki: P256, ...validityFrom(now, 10 * 365) };
  const issuer = selfIssuing(issuing, "ECDSA_SHA256");
  const contents = (subject: Contents["subject"], days: number): Contents => ({ serialNumber, subject, spki, ...validityFrom(now, days) });
  switch (profile) {
    case "ROOT": return { profile, issuer: rootIssuing, bytes: rootCa(root, algorithm) };
    case "ISSUING": return { profile, issuer: rootIssuing, bytes: issuingCa({ ...issuing, spki }, rootIssuing, ADDRESSES) };
    case "CLIENT": return { profile, issuer, bytes: clientCertificate(contents(holderName(HOLDER), 3 * 365), issuer, ADDRESSES) };
    case "OCSP_SIGNER": return { profile, issuer, bytes: ocspSigner(contents(ocspSignerName("5120-1"), 31), issuer) };
  }
}

/** The fields of a TBSCertificate, each in DER. */
export interface Fields {
  version: Buffer;
  serialNumber: Buffer;
  signature: Buffer;
  issuer: Buffer;
  validity: Buffer;
  subject: Buffer;
  publicKey: Buffer;
  /** What stands between key and extensions: nothing. */
  uniqueIds: Buffer;
  extensions: Buffer;
}

/** The same with some of its fields replaced. */
export function changed({ bytes, ...rest }: Made, fields: Partial<Fields>): Made {
  return { ...rest, bytes: sequence(...Object.values<Buffer>({ ...fieldsOf(bytes), ...fields })) };
}

/** The same with one of its extensions replaced by these: by none, it may be. */
export function withExtension(original: Made, name: ExtensionName, ...extensions: Buffer[]): Made {
  const list = extensionsOf(original).flatMap((extension) => (extension.includes(oid(extensionIds[name])) ? extensions : [extension]));
  return changed(original, { extensions: tlv(0xa3, sequence(...list)) });
}

/** The same with another value of an extension, of the same criticality. */
export function withValue(original: Made, name: ExtensionName, value: Buffer): Made {
  const isCritical = readToBeSigned(original.bytes).extensions.some((extension) => extension.id === extensionIds[name] && extension.isCritical);
  return withExtension(original, name, anExtension(extensionIds[name], value, isCritical ? TRUE : undefined));
}

export const TRUE = tlv(0x01, Buffer.of(0xff));

export function anExtension(id: string, value: Buffer, critical: Buffer = Buffer.alloc(0)): Buffer {
  return sequence(oid(id), critical, octetString(value));
}

export function extensionsOf({ bytes }: Made): Buffer[] {
  const list = enterDer(enterOnly(fieldsOf(bytes).extensions), 0x30);
  const extensions: Buffer[] = [];
  while (!list.isAtEnd) extensions.push(list.read().der);
  return extensions;
}

const enterOnly = (der: Buffer) => new DerReader(der).read().content;

function fieldsOf(bytes: Buffer): Fields {
  const reader = enterDer(bytes, 0x30);
  const next = () => reader.read().der;
  return {
    version: next(), serialNumber: next(), signature: next(), issuer: next(), validity: next(), subject: next(), publicKey: next(),
    uniqueIds: Buffer.alloc(0), extensions: next(),
  };
}

/** What is said against signing it. Asserts that the key was used exactly where nothing is. */
export async function breachesOf({ bytes, profile, issuer }: Made): Promise<string[]> {
  let signatures = 0;
  const signer: Signer = {
    algorithm: issuer.algorithm,
    publicKey: nothing,
    sign: () => Promise.resolve(Buffer.of(++signatures)),
  };
  const breaches = await signed(bytes, profile, { name: issuer, signer }).then(() => [], (error: unknown) => {
    if (error instanceof ProfileBreach) return error.breaches;
    throw error;
  });
  expect(signatures).toBe(breaches.length === 0 ? 1 : 0);
  return breaches;
}

type Rule = (certificate: ToBeSigned, profile: Profile, issuer: IssuingName) => string | string[] | undefined;

/** Asserts that the rule has nothing against anything that we make. */
export function expectToHoldForAllWeMake(rule: Rule): void {
  const all = everythingMade();
  expect(all.map(({ bytes, profile, issuer }) => rule(readToBeSigned(bytes), profile, issuer) ?? []).flat()).toEqual([]);
  expect(all).toHaveLength(128);
}
