import { Field, ID, InputType, Int } from "type-graphql";
import type { ReissueReason, RevocationReason } from "../../policy/certificateLifecycle.js";
import { ReissueReasonEnum, RevocationReasonEnum } from "../enums.js";
import { UUID } from "../scalars.js";

@InputType({ description: "Who wants in." })
export class SignInInput {
  @Field({ description: "金融機関コード: the bank's four digits, e.g. 5120." }) bankCode!: string;
  @Field({ description: "お客様ID. Width and case don't count." }) loginId!: string;
  @Field({ description: "ログインパスワード." }) password!: string;
}

@InputType({ description: "Whose certificate is reissued, and why." })
export class ReissueCertificateInput {
  @Field(() => ID, { description: "The Public ID whose certificate is reissued." }) userId!: string;

  @Field(() => Int, { description: "The user's version that the screen showed. If it changed meanwhile: CONFLICT." })
  expectedVersion!: number;

  @Field(() => ReissueReasonEnum, { defaultValue: "UNSPECIFIED", description: "Why. Decides the old certificate's revocation reason." })
  reason!: ReissueReason;

  @Field(() => Boolean, {
    defaultValue: false,
    description: "The old certificate lives until the new one is acquired, for as many days at most as the bank's policy says. Only with DEVICE_REPLACED, and only where the bank allows it; else KEEPING_NOT_ALLOWED.",
  })
  keepOldUntilEnrolled!: boolean;

  @Field(() => String, { nullable: true, description: "A remark for the history, at most 200 characters." }) note?: string | null;

  @Field(() => String, { nullable: true, description: "登録確認用パスワード, when the bank's policy asks for it." })
  registrationPassword?: string | null;

  @Field(() => UUID, {
    nullable: true,
    description: "The same key again answers the first request's result without doing it again; the enrollment code is not told twice.",
  })
  idempotencyKey?: string | null;
}

@InputType({ description: "Which certificate is ended, and why." })
export class RevokeCertificateInput {
  @Field(() => ID, { description: "The certificate." }) certificateId!: string;
  @Field(() => RevocationReasonEnum, { description: "Why (RFC 5280)." }) reason!: RevocationReason;
  @Field(() => String, { nullable: true, description: "A remark for the history, at most 200 characters." }) note?: string | null;
}

@InputType({ description: "What the holder brings to acquire its certificate." })
export class EnrollCertificateInput {
  @Field({ description: "A PKCS#10 certificate request in PEM or base64, of at most 16 KB. Only its public key is taken." }) csr!: string;

  @Field(() => String, { nullable: true, description: "取得コード: the one-time code of this certificate. Not needed when the same request is repeated." })
  enrollmentCode?: string | null;
}

@InputType({ description: "What the holder brings to renew its certificate." })
export class RenewCertificateInput {
  @Field({ description: "A PKCS#10 certificate request in PEM or base64, of at most 16 KB, for a new key. Only its public key is taken." }) csr!: string;
}

@InputType({ description: "Which alert is taken note of." })
export class AcknowledgeAlertInput {
  @Field(() => ID, { description: "The alert." }) alertId!: string;
  @Field(() => String, { nullable: true, description: "What was found, for the history, at most 200 characters." }) note?: string | null;
}

@InputType({ description: "Which mail is sent again." })
export class ResendNoticeInput {
  @Field(() => ID, { description: "A notice that was given up." }) noticeId!: string;
  @Field(() => String, { nullable: true, description: "A remark for the bank's history, at most 200 characters." }) note?: string | null;
}
