import type { EntityManager } from "typeorm";
import type { Certificate } from "../certificates/Certificate.js";
import type { CertificateDesk } from "../certificates/CertificateDesk.js";
import type { CertificateFacts } from "../certificates/readCertificates.js";
import { findCurrent } from "../certificates/certificateStore.js";
import { reissueFor } from "../certificates/reissueCertificate.js";
import { revokeFor } from "../certificates/revokeCertificate.js";
import { Refusal } from "../foundation/refusals.js";
import type { User } from "../identity/User.js";
import type { Actor } from "../policy/Actor.js";
import type { ReissueReason, RevocationReason } from "../policy/certificateLifecycle.js";

/** 電子証明書: 継続利用する, 再発行する, 失効する. */
export const certificateActions = ["KEEP", "REISSUE", "REVOKE"] as const;
export type CertificateAction = (typeof certificateActions)[number];

export interface WantedOfCertificate {
  certificateAction: CertificateAction;
  /** With REISSUE. */
  reissueReason: ReissueReason;
  keepOldUntilEnrolled?: boolean;
  /** With REVOKE. */
  revocationReason: RevocationReason;
}

/** What became of the certificate, and what the history says of it. */
export interface CertificateDeed {
  certificate: Certificate;
  revoked: CertificateFacts | null;
  kept: CertificateFacts | null;
  enrollmentCode: string | null;
  before: object;
  after: object;
}

/** Done first and undone with everything else where the form is refused: so its refusal comes with the others. */
export async function actOnCertificate(
  desk: CertificateDesk,
  tx: EntityManager,
  actor: Actor,
  user: User,
  form: WantedOfCertificate,
): Promise<CertificateDeed | Refusal | null> {
  try {
    switch (form.certificateAction) {
      case "KEEP":
        return null;
      case "REISSUE": {
        const { successor, ...reissued } = await reissueFor(desk, tx, actor, user, form.reissueReason, { keepsOld: form.keepOldUntilEnrolled ?? false });
        return { ...reissued, certificate: successor };
      }
      case "REVOKE": {
        if (user.id === actor.userId) throw new Refusal("OWN_CERTIFICATE");
        const certificate = await findCurrent(tx, user.id);
        if (!certificate) throw new Refusal("NOTHING_TO_REVOKE");
        const { before, after } = await revokeFor(desk, tx, actor, certificate, form.revocationReason);
        return { certificate, revoked: null, kept: null, enrollmentCode: null, before, after };
      }
    }
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    const refusal = new Refusal(error.code, { path: error.path ?? ["certificateAction"], facts: error.facts });
    if (refusal.code === "CONFLICT") throw refusal; // its holder was faster: said alone, as a late form is
    return refusal;
  }
}
