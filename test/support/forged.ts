import { generateKeyPairSync, X509Certificate, type KeyObject } from "node:crypto";
import type { Certificate } from "../../src/certificates/Certificate.js";
import { clientCertificate, ocspSigner, selfIssuing, signed, validityFrom } from "../../src/pki/certificateProfile.js";
import { bitString, sequence } from "../../src/pki/der.js";
import { holderName, ocspSignerName } from "../../src/pki/names.js";
import { newSerialNumber } from "../../src/pki/serialNumber.js";
import { algorithmIdentifier, keySigner, type Signer } from "../../src/pki/Signer.js";
import type { House, Tenant } from "./House.js";

// Client certificates that are not what they say, as an attacker would make them.

export interface Forged {
  der: Buffer;
  privateKey: KeyObject;
}

/** Of another CA: subject, serial, issuer's name and key identifier as in the genuine one. Only the signature isn't ours. */
export async function ofAnotherCa(house: House, tenant: Tenant, genuine: Certificate): Promise<Forged> {
  const { name, addresses } = await house.desk.issuers.open(genuine.issuerId);
  const { keys, contents } = holder(house, tenant, genuine.serialNumber);
  return { der: await signedBy(anyKey(), clientCertificate(contents, name, addresses)), privateKey: keys.privateKey };
}

/** Its own issuer, with the holder's name. */
export async function selfSigned(house: House, tenant: Tenant, genuine: Certificate): Promise<Forged> {
  const { addresses } = await house.desk.issuers.open(genuine.issuerId);
  const { keys, contents } = holder(house, tenant, genuine.serialNumber);
  const toBeSigned = clientCertificate(contents, selfIssuing(contents, "ECDSA_SHA256"), addresses);
  return { der: await signedBy(keySigner(keys.privateKey), toBeSigned), privateKey: keys.privateKey };
}

/** Really of the bank's CA, but to answer OCSP requests with. */
export async function forAnotherPurpose(house: House, genuine: Certificate): Promise<Forged> {
  const issuer = await house.desk.issuers.open(genuine.issuerId);
  const keys = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const contents = {
    serialNumber: newSerialNumber(), subject: ocspSignerName(issuer.label), spki: spkiOf(keys.publicKey),
    ...validityFrom(house.clock.now(), 7, issuer.name),
  };
  return { der: await signed(ocspSigner(contents, issuer.name), "OCSP_SIGNER", issuer), privateKey: keys.privateKey };
}

/** SHA-256 over the DER, lower-case hex, as node reckons it. */
export function thumbprintOf(der: Buffer): string {
  return new X509Certificate(der).fingerprint256.replaceAll(":", "").toLowerCase();
}

function holder(house: House, { bank, contract, taro }: Tenant, serialNumber: string) {
  const keys = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const subject = holderName({ contractName: contract.name, displayName: taro.displayName, bankCode: bank.code, loginId: taro.loginId });
  return { keys, contents: { serialNumber, subject, spki: spkiOf(keys.publicKey), ...validityFrom(house.clock.now(), 365) } };
}

/** Past the linter, which would sign neither. */
async function signedBy(signer: Signer, toBeSigned: Buffer): Promise<Buffer> {
  return sequence(toBeSigned, algorithmIdentifier[signer.algorithm], bitString(await signer.sign(toBeSigned)));
}

const anyKey = () => keySigner(generateKeyPairSync("ec", { namedCurve: "P-256" }).privateKey);
const spkiOf = (key: KeyObject) => key.export({ type: "spki", format: "der" });
