import { Field, ObjectType } from "type-graphql";
import type { CertificateFacts } from "../../certificates/readCertificates.js";
import { statusAt, type CertificateStatus, type ReissueReason, type RevocationReason } from "../../policy/certificateLifecycle.js";
import { CertificateStatusEnum, ReissueReasonEnum, RevocationReasonEnum } from "../enums.js";
import { globalId } from "../globalId.js";
import { DateTime, SerialNumber } from "../scalars.js";
import { NodeView } from "./NodeView.js";

@ObjectType("Certificate", {
  implements: NodeView,
  simpleResolvers: true,
  description: "電子証明書: one issuance, from the reserved serial number on.",
})
export class CertificateView extends NodeView {
  @Field(() => SerialNumber, { description: "シリアルID: reserved when the record is opened." })
  serialNumber!: string;

  @Field(() => CertificateStatusEnum, { description: "電子証明書状況, as of this answer." })
  status!: CertificateStatus;

  @Field(() => DateTime, { nullable: true, description: "取得期限: the last instant to acquire it. Null once it was acquired." })
  enrollmentDeadline!: Date | null;

  @Field(() => DateTime, { nullable: true, description: "From when it is valid. Null before it was acquired." })
  notBefore!: Date | null;

  @Field(() => DateTime, { nullable: true, description: "有効期限: the last instant it is valid. Null before it was acquired." })
  notAfter!: Date | null;

  @Field(() => ReissueReasonEnum, { nullable: true, description: "Why it was reissued; null where a registration or a renewal opened it." })
  reissueReason!: ReissueReason | null;

  @Field(() => DateTime, { nullable: true, description: "Until when it lives beside its successor, at the latest: that isn't acquired yet. Null for every other." })
  keptUntil!: Date | null;

  @Field(() => DateTime, { nullable: true, description: "When it was revoked. Null where it wasn't." })
  revokedAt!: Date | null;

  @Field(() => RevocationReasonEnum, { nullable: true, description: "Why it was revoked. Null where it wasn't." })
  revocationReason!: RevocationReason | null;

  @Field(() => String, { nullable: true, description: "SHA-256 over the DER certificate, lower-case hex. Null before it was acquired." })
  fingerprintSha256!: string | null;

  /** For the field resolvers; not in the schema. */
  facts!: CertificateFacts;
}

/** Field by field, as `userView`. */
export function certificateView(facts: CertificateFacts, now: Date): CertificateView {
  const status = statusAt(facts, now);
  const isOverdue = status === "REVOKED" && facts.revokedAt === null; // kept until then, and not written down yet
  const view = new CertificateView();
  view.id = globalId("Certificate", facts.id);
  view.serialNumber = facts.serialNumber;
  view.status = status;
  view.enrollmentDeadline = facts.enrollmentDeadline;
  view.notBefore = facts.fingerprint ? facts.notBefore : null;
  view.notAfter = facts.fingerprint ? facts.notAfter : null;
  view.reissueReason = facts.reissueReason;
  view.keptUntil = status === "ACTIVE" ? facts.keptUntil : null;
  view.revokedAt = isOverdue ? facts.keptUntil : facts.revokedAt;
  view.revocationReason = isOverdue ? "SUPERSEDED" : facts.revocationReason;
  view.fingerprintSha256 = facts.fingerprint;
  view.facts = facts;
  return view;
}
