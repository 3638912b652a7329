import type { EntityManager } from "typeorm";
import { isDuplicate } from "../foundation/database/errors.js";
import { insertRows } from "../foundation/database/insertRows.js";
import { reading } from "../foundation/database/reading.js";
import { Refusal, type RefusalOptions } from "../foundation/refusals.js";
import { clientCertificate, validityFrom } from "../pki/certificateProfile.js";
import type { RequestedKey } from "../pki/certificateRequest.js";
import { assertKeepsProfile } from "../pki/lint.js";
import { holderName } from "../pki/names.js";
import { CertifiedKey, type Certificate } from "./Certificate.js";
import type { CertificateDesk } from "./CertificateDesk.js";
import { move } from "./certificateStore.js";

/** What a certificate says of its holder, and the bank of how it is acquired. */
export interface Holder {
  contractName: string;
  displayName: string;
  bankCode: string;
  loginId: string;
  validityDays: number;
  /** How many codes may be tried. */
  triesAllowed: number;
}

// For whoever reads something else along with a holder.
export const HOLDERS = "FROM users u JOIN contracts k ON k.id = u.contract_id JOIN banks b ON b.id = u.bank_id";
export const HOLDER_COLUMNS = ["k.name", "u.display_name", "b.code", "u.login_id", "b.validity_days", "b.tries_allowed"];

export function holderFrom(columns: unknown[]): Holder {
  const [contractName, displayName, bankCode, loginId, validityDays, triesAllowed] = columns as [string, string, string, string, number, number];
  return { contractName, displayName, bankCode, loginId, validityDays, triesAllowed };
}

interface Acceptance {
  holder?: Holder;
  /** Whether a key that is refused commits what the deed wrote until then. */
  commitsWork?: boolean;
}

/** An enrollment's first step: takes the key and commits the bytes to be signed. The certificate is SIGNING then. */
export async function acceptKey(desk: CertificateDesk, tx: EntityManager, certificate: Certificate, key: RequestedKey, { holder, commitsWork = false }: Acceptance = {}): Promise<void> {
  await reserveKey(desk, tx, certificate, key, { path: ["csr"], commitsWork });
  await commitIntent(desk, tx, certificate, key, holder ?? (await holderOf(tx, certificate)));
}

/** A key is certified once, whoever brings it: the key's own row is the proof, with its primary key behind the look. */
async function reserveKey(desk: CertificateDesk, tx: EntityManager, certificate: Certificate, { fingerprint }: RequestedKey, refused: RefusalOptions): Promise<void> {
  if (desk.blockedKeys.has(fingerprint)) throw new Refusal("CSR_KEY_NOT_ALLOWED", refused);
  try {
    await insertRows(tx, CertifiedKey, { fingerprint, certificateId: certificate.id });
  } catch (error) {
    if (!isDuplicate(error)) throw error;
    throw new Refusal("CSR_KEY_USED_BEFORE", refused);
  }
}

async function holderOf(tx: EntityManager, { userId }: Certificate): Promise<Holder> {
  const [found] = await readHolder(tx, [userId]);
  if (!found) throw new Error("a certificate of nobody");
  return holderFrom(found.more);
}

const readHolder = reading({}, `${HOLDERS} WHERE u.id = ?`, HOLDER_COLUMNS);

async function commitIntent(desk: CertificateDesk, tx: EntityManager, certificate: Certificate, key: RequestedKey, { validityDays, ...names }: Holder): Promise<void> {
  const issuer = await desk.issuers.open(certificate.issuerId);
  const validity = validityFrom(desk.clock.now(), validityDays, issuer.name);
  const contents = { serialNumber: certificate.serialNumber, subject: holderName(names), spki: key.spki, ...validity };
  const toBeSigned = clientCertificate(contents, issuer.name, issuer.addresses);
  assertKeepsProfile(toBeSigned, "CLIENT", issuer.name); // what can't be signed must not be accepted either
  const { wrongCodes } = certificate;
  await move(tx, certificate, "SIGNING", { toBeSigned, keyFingerprint: key.fingerprint, enrollmentCodeHash: null, wrongCodes: 0, ...validity }, { wrongCodes });
}
