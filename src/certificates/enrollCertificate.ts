import type { EntityManager } from "typeorm";
import { reading } from "../foundation/database/reading.js";
import { Refusal } from "../foundation/refusals.js";
import type { Findings } from "../history/audited.js";
import { performAs } from "../identity/performAs.js";
import { actingColumns, actingFrom, type FoundAlong } from "../identity/sessions.js";
import { readCertificateRequest, type RequestedKey } from "../pki/certificateRequest.js";
import type { Actor } from "../policy/Actor.js";
import { authorize, authorizeRole } from "../policy/authorize.js";
import { statusAt } from "../policy/certificateLifecycle.js";
import { acceptKey, HOLDER_COLUMNS, holderFrom, HOLDERS, type Holder } from "./acceptKey.js";
import { Certificate } from "./Certificate.js";
import type { CertificateDesk } from "./CertificateDesk.js";
import { factsOfCertificate } from "./certificateStore.js";
import { demandEnrollmentCode } from "./demandEnrollmentCode.js";
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
 * CERTIFICATE_REVOKED, CERTIFICATE_EXPIRED, ALREADY_ENROLLED, CONFLICT, the code's and the CSR's codes.
 */
export async function enrollCertificate(desk: CertificateDesk, actor: Actor, input: EnrollCertificate): Promise<Certificate> {
  const find = (tx: EntityManager) => readEnrollable(tx, actor);
  const accepted = await performAs(desk, actor, { action: "CERTIFICATE_ENROLL", targetUserId: actor.userId, find }, async (tx, findings, { found }) => {
    authorizeRole(actor, "enroll", "Certificate");
    try {
      return await accept(desk, tx, actor, input, findings, found);
    } catch (error) {
      throw error instanceof Refusal ? countingRefusal(desk, actor, error) : error;
    }
  });
  return accepted.state === "SIGNING" ? finishEnrollment(desk, accepted, actor) : accepted;
}

async function accept(desk: CertificateDesk, tx: EntityManager, actor: Actor, { csr, enrollmentCode = null }: EnrollCertificate, findings: Findings, found: Enrollable): Promise<Certificate> {
  const key = readCertificateRequest(csr);
  const { certificate, holder } = demandEnrollable(desk, actor, found, key, findings);
  if (certificate.keyFingerprint !== null) {
    findings.outcome = "REPEATED";
    return certificate;
  }
  await demandEnrollmentCode(tx, certificate, holder.triesAllowed, enrollmentCode);
  await acceptKey(desk, tx, certificate, key, { holder, commitsWork: true }); // that a code was right, too, is heard after its COMMIT alone
  await alarmOfNewAddress(desk, tx, certificate, actor.origin);
  findings.outcome = "ACCEPTED";
  findings.after = { serialNumber: certificate.serialNumber, keyFingerprint: key.fingerprint, notAfter: certificate.notAfter };
  return certificate;
}

/** What an enrollment is about: the actor's current certificate, if there is one. */
interface Enrollable extends FoundAlong {
  certificate: Certificate | null;
  holder: Holder;
}

async function readEnrollable(tx: EntityManager, { userId }: Actor): Promise<Enrollable> {
  const [found] = await enrollable(tx, [userId]);
  const more = found?.more ?? [];
  return { certificate: found?.c ?? null, holder: holderFrom(more), acting: actingFrom(more.slice(HOLDER_COLUMNS.length)) };
}

/** The certificate, where it is pending, or already this key's. */
function demandEnrollable(desk: CertificateDesk, actor: Actor, { certificate, holder }: Enrollable, key: RequestedKey, findings: Findings): { certificate: Certificate; holder: Holder } {
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
      return { certificate, holder };
  }
}

const enrollable = reading({ c: Certificate }, `${HOLDERS} LEFT JOIN certificates c ON c.user_id = u.id AND c.is_current = 1 WHERE u.id = ?`, [...HOLDER_COLUMNS, ...actingColumns("u", "k")]);
