import type { EntityManager } from "typeorm";
import { isDuplicate } from "../foundation/database/errors.js";
import { execute } from "../foundation/database/execute.js";
import { insertRows } from "../foundation/database/insertRows.js";
import { Refusal } from "../foundation/refusals.js";
import type { Findings } from "../history/audited.js";
import { performAs } from "../identity/performAs.js";
import { clientCertificate, validityFrom } from "../pki/certificateProfile.js";
import { readCertificateRequest, type RequestedKey } from "../pki/certificateRequest.js";
import { assertKeepsProfile } from "../pki/lint.js";
import { holderName } from "../pki/names.js";
import type { Actor } from "../policy/Actor.js";
import { authorize, authorizeRole } from "../policy/authorize.js";
import { statusAt } from "../policy/certificateLifecycle.js";
import { CertifiedKey, type Certificate } from "./Certificate.js";
import type { CertificateDesk } from "./CertificateDesk.js";
import { factsOfCertificate, findCurrent, move } from "./certificateStore.js";
import { demandEnrollmentCode, giveTryBack, proveEnrollmentCode, type CodeProof } from "./demandEnrollmentCode.js";
import { alarmOfNewAddress, countingRefusal } from "./enrollmentAlarms.js";
import { finishEnrollment } from "./finishEnrollment.js";

export interface EnrollCertificate {
  /** PKCS#10, PEM or base64. */
  csr: string;
  enrollmentCode?: string | null;
}

/**
 * The holder acquires its pending certificate for a key that it proves to have. Two steps, so that a crash loses
 * nothing: the bytes to be signed are committed, then signed and the result committed, then it answers. The same key
 * again gives the same certificate; a refusal leaves the door open. Refuses with NO_CERTIFICATE, ENROLLMENT_EXPIRED,
 * CERTIFICATE_REVOKED, CERTIFICATE_EXPIRED, ALREADY_ENROLLED, the code's and the CSR's codes.
 */
export async function enrollCertificate(desk: CertificateDesk, actor: Actor, input: EnrollCertificate): Promise<Certificate> {
  let proof: CodeProof = "NOT_ASKED";
  const prepare = async () => {
    const key = keyOf(input.csr); // the signature is verified before anything is written
    if (!(key instanceof Refusal)) proof = await proveEnrollmentCode(desk, actor, input.enrollmentCode ?? null);
    return key;
  };
  const deed = { action: "CERTIFICATE_ENROLL", targetUserId: actor.userId, prepare } as const;
  const accepting = performAs(desk, actor, deed, async (tx, findings, key) => {
    authorizeRole(actor, "enroll", "Certificate");
    try {
      return await accept(desk, tx, actor, key, proof, findings);
    } catch (error) {
      throw error instanceof Refusal ? countingRefusal(desk, actor, error) : error;
    }
  });
  const accepted = await accepting.catch(async (error: unknown) => {
    await giveTryBack(desk, proof); // the code was right, if nothing else
    throw error;
  });
  return accepted.state === "SIGNING" ? finishEnrollment(desk, accepted, actor.origin) : accepted;
}

async function accept(desk: CertificateDesk, tx: EntityManager, actor: Actor, key: RequestedKey | Refusal, code: CodeProof, findings: Findings): Promise<Certificate> {
  if (key instanceof Refusal) throw key;
  const certificate = await findEnrollable(desk, tx, actor, key, findings);
  if (certificate.keyFingerprint !== null) {
    findings.outcome = "REPEATED";
    return certificate;
  }
  demandEnrollmentCode(code, certificate);
  await acceptKey(desk, tx, certificate, key);
  await alarmOfNewAddress(desk, tx, certificate, actor.origin);
  findings.outcome = "ACCEPTED";
  findings.after = { serialNumber: certificate.serialNumber, keyFingerprint: key.fingerprint, notAfter: certificate.notAfter };
  return certificate;
}

/** The key that the CSR proves, or why it can't be taken: to be thrown where the attempt is on record. */
export function keyOf(csr: string): RequestedKey | Refusal {
  try {
    return readCertificateRequest(csr);
  } catch (error) {
    if (error instanceof Refusal) return error;
    throw error;
  }
}

/** The actor's current certificate: pending, or already this key's. */
async function findEnrollable(desk: CertificateDesk, tx: EntityManager, actor: Actor, key: RequestedKey, findings: Findings): Promise<Certificate> {
  const certificate = await findCurrent(tx, actor.userId);
  if (!certificate) throw new Refusal("NO_CERTIFICATE");
  Object.assign(findings, { target: { id: actor.userId, loginId: actor.loginId }, certificateId: certificate.id });
  authorize(actor, "enroll", "Certificate", factsOfCertificate(certificate));

  switch (statusAt(certificate, desk.clock.now())) {
    case "REVOKED":
      throw new Refusal("CERTIFICATE_REVOKED");
    case "ENROLLMENT_EXPIRED":
      throw new Refusal("ENROLLMENT_EXPIRED");
    case "EXPIRED":
      throw new Refusal("CERTIFICATE_EXPIRED");
    case "PENDING":
    case "ACTIVE":
      if (certificate.keyFingerprint !== null && certificate.keyFingerprint !== key.fingerprint) throw new Refusal("ALREADY_ENROLLED");
      return certificate;
  }
}

/** The first step: takes the key and commits the bytes to be signed. The certificate is SIGNING then. */
export async function acceptKey(desk: CertificateDesk, tx: EntityManager, certificate: Certificate, key: RequestedKey): Promise<void> {
  await reserveKey(desk, tx, certificate, key);
  await commitIntent(desk, tx, certificate, key);
}

/** A key is certified once, whoever brings it: the key's own row is the proof, with its primary key behind the look. */
async function reserveKey(desk: CertificateDesk, tx: EntityManager, certificate: Certificate, { fingerprint }: RequestedKey): Promise<void> {
  if (desk.blockedKeys.has(fingerprint)) throw new Refusal("CSR_KEY_NOT_ALLOWED", { path: ["csr"] });
  try {
    await insertRows(tx, CertifiedKey, { fingerprint, certificateId: certificate.id });
  } catch (error) {
    if (!isDuplicate(error)) throw error;
    throw new Refusal("CSR_KEY_USED_BEFORE", { path: ["csr"] });
  }
}

async function commitIntent(desk: CertificateDesk, tx: EntityManager, certificate: Certificate, key: RequestedKey): Promise<void> {
  const { rows } = await execute(tx,
    `SELECT k.name, u.display_name, u.login_id, b.code, b.validity_days
       FROM users u JOIN contracts k ON k.id = u.contract_id JOIN banks b ON b.id = u.bank_id WHERE u.id = ?`,
    [certificate.userId],
  );
  if (!rows[0]) throw new Error("a certificate of nobody");
  const [contractName, displayName, loginId, bankCode, validityDays] = rows[0] as [string, string, string, string, number];
  const issuer = await desk.issuers.open(certificate.issuerId);

  const validity = validityFrom(desk.clock.now(), validityDays, issuer.name);
  const subject = holderName({ contractName, displayName, bankCode, loginId });
  const contents = { serialNumber: certificate.serialNumber, subject, spki: key.spki, ...validity };
  const toBeSigned = clientCertificate(contents, issuer.name, issuer.addresses);
  assertKeepsProfile(toBeSigned, "CLIENT", issuer.name); // what can't be signed must not be accepted either
  await move(tx, certificate, "SIGNING", { toBeSigned, keyFingerprint: key.fingerprint, enrollmentCodeHash: null, wrongCodes: 0, ...validity });
}
