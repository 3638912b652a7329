import { nothing, octetString, oid, sequence, tlv } from "../../../src/pki/der.js";
import { CRITICAL, NONCE, SHA1, aCertId, aRequest, aSignature, aSingle, extension } from "../ocspRequest.js";
import { restructured } from "./DerTree.js";
import type { Fuzzed } from "./fuzz.js";
import { mutated } from "./mutated.js";
import type { Random } from "./Random.js";

export interface FuzzedRequest extends Fuzzed {
  der: Buffer;
}

/** OCSP requests of every degree of damage, from bytes at random to none at all; `known` are CertIDs of certificates that exist. */
export function anOcspRequest(random: Random, known: readonly Buffer[]): FuzzedRequest {
  const share = random.below(100);
  if (share < 10) return request("random", randomBytes(random));
  const whole = built(random, known);
  if (share < 40) return request("mutated", mutated(random, whole, built(random, known)));
  if (share < 70) return request("restructured", restructured(random, whole, built(random, known)));
  return request("built", whole);
}

function request(kind: string, der: Buffer): FuzzedRequest {
  return { kind, der, shown: () => der.toString("base64") };
}

/** Some begin as a request does. */
function randomBytes(random: Random): Buffer {
  const octets = random.octets(random.pick(0, 1, 2, 5, 20, 100, random.below(1_000)));
  return random.pick(() => octets, () => sequence(octets), () => sequence(sequence(sequence(octets))), () => aRequest({ singles: [octets] }))();
}

/** A request that may be answered, of any parts that are allowed and some that aren't. */
function built(random: Random, known: readonly Buffer[]): Buffer {
  const singles = Array.from({ length: random.chance(0.05) ? random.between(2, 34) : random.pick(1, 1, 1, 2, 3) }, () =>
    aSingle(certIdOf(random, known), random.chance(0.1) ? sequence(extension("1.3.6.1.5.5.7.48.1.7", sequence())) : undefined));
  return aRequest({
    singles,
    ...(random.chance(0.1) ? { requestor: tlv(0x80 + random.below(9), random.octets(random.below(30))) } : {}),
    ...(random.chance(0.4) ? { extensions: extensionsOf(random) } : {}),
    ...(random.chance(0.1) ? { signature: aSignature(Buffer.concat([Buffer.of(0), random.octets(random.pick(1, 70, 256))])) } : {}),
  });
}

function certIdOf(random: Random, known: readonly Buffer[]): Buffer {
  if (random.chance(0.5)) return known[random.below(known.length)] ?? aCertId();
  const [algorithm, octets] = random.pick<readonly [Buffer, number]>(...HASHES);
  const [name, key] = [random.octets(octets), random.octets(octets)];
  return aCertId({ algorithm, issuerNameHash: name, issuerKeyHash: key, serial: tlv(0x02, random.octets(random.pick(1, 8, 17, 20, 21, 500))) });
}

const HASHES = [
  [SHA1, 20], [sequence(oid("2.16.840.1.101.3.4.2.1")), 32], [sequence(oid("2.16.840.1.101.3.4.2.3"), nothing), 64],
  [sequence(oid("1.2.840.113549.2.5"), nothing), 16], [sequence(oid("2.999.1")), 5],
] as const;

function extensionsOf(random: Random): Buffer {
  const nonce = octetString(random.octets(random.pick(0, 1, 16, 32, 127, 128, 129, random.below(200))));
  const others = Array.from({ length: random.pick(0, 0, 1, 3) }, (_, index) =>
    extension(`2.999.${String(index)}`, random.octets(random.below(40)), ...(random.chance(0.02) ? [CRITICAL] : [])));
  return sequence(extension(NONCE, nonce, ...(random.chance(0.1) ? [CRITICAL] : [])), ...others);
}
