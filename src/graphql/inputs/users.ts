import { Field, Float, ID, InputType, Int } from "type-graphql";
import type { PasswordKind } from "../../identity/Password.js";
import type { Authority } from "../../identity/User.js";
import type { ReissueReason, RevocationReason } from "../../policy/certificateLifecycle.js";
import type { TypedPasswords } from "../../users/typedPasswords.js";
import type { CertificateAction } from "../../users/certificateAction.js";
import { AuthorityEnum, CertificateActionEnum, PasswordKindEnum, ReissueReasonEnum, RevocationReasonEnum } from "../enums.js";

const again = "確認用: the same once more.";
const typed = () => ({ nullable: true });

@InputType()
class NewPasswords {
  @Field(() => String, { ...typed(), description: "新ログインパスワード. Required at a registration; empty on an edit: no change." }) newLoginPassword?: string | null;
  @Field(() => String, { ...typed(), description: again }) newLoginPasswordConfirmation?: string | null;
  @Field(() => String, { ...typed(), description: "新登録確認用パスワード. Required at a registration; empty on an edit: no change." }) newRegistrationPassword?: string | null;
  @Field(() => String, { ...typed(), description: again }) newRegistrationPasswordConfirmation?: string | null;
  @Field(() => String, { ...typed(), description: "新承認用パスワード, for approvers only. Empty: no change." }) newApprovalPassword?: string | null;
  @Field(() => String, { ...typed(), description: again }) newApprovalPasswordConfirmation?: string | null;
  @Field(() => String, { ...typed(), description: "新都度振込送信確認用パスワード, where ad hoc transfers are on. Empty: no change." }) newTransferPassword?: string | null;
  @Field(() => String, { ...typed(), description: again }) newTransferPasswordConfirmation?: string | null;
}

@InputType()
class CommonFields extends NewPasswords {
  @Field(() => Boolean, { nullable: true, description: "都度振込利用. On asks for a transfer password, off drops it." }) adHocTransferEnabled?: boolean | null;
  @Field(() => Float, {
    nullable: true,
    description: "都度振込取扱限度額: a whole number of thousands of yen, never above the contract's; 0 for the bank's own default, or the contract's where that is lower.",
  })
  adHocTransferLimit?: number | null;
  @Field(() => Float, { nullable: true, description: "変更期間: a whole number of days, 1 to 3650, until a password must be changed; null for never." })
  passwordMaxAgeDays?: number | null;
  @Field(() => Float, { nullable: true, description: "アラーム期間: a whole number of days before that, 0 to 3650 and less than 変更期間, from which on it is said; null for never." })
  passwordWarnDays?: number | null;
  @Field(() => String, { nullable: true, description: "メールアドレス for notices; null or empty: none any more. The former one is told of the change, and gets the code of a certificate that the same form reissues." }) mailAddress?: string | null;
  @Field(() => [ID], { nullable: true, description: "利用企業: the contract's companies that the user may act for, all of them." }) companyIds?: string[] | null;
  @Field(() => String, { nullable: true, description: "A remark for the history, at most 200 characters." }) note?: string | null;
  @Field(() => String, { nullable: true, description: "登録確認用パスワード, when the bank's policy asks for it." }) registrationPassword?: string | null;
}

@InputType({ description: "編集: the whole form. A field that isn't said stays as it is." })
export class UpdateUserInput extends CommonFields {
  @Field(() => ID, { description: "Whose form it is." }) userId!: string;
  @Field(() => Int, { description: "The user's version that the form showed. If it changed meanwhile: CONFLICT." }) expectedVersion!: number;
  @Field(() => String, { nullable: true, description: "利用者名: at most 20 characters." }) displayName?: string | null;
  @Field(() => AuthorityEnum, { nullable: true, description: "利用権限. Becoming an approver asks for an approval password, ceasing to be one drops it." })
  authority?: Authority | null;
  @Field(() => Boolean, { nullable: true, description: "パスワード設定変更: 強制変更あり when true. Initial passwords must be changed either way." })
  forcePasswordChange?: boolean | null;
  @Field(() => CertificateActionEnum, { defaultValue: "KEEP", description: "電子証明書: what becomes of it." }) certificateAction!: CertificateAction;
  @Field(() => ReissueReasonEnum, { defaultValue: "UNSPECIFIED", description: "Why, with REISSUE." }) reissueReason!: ReissueReason;
  @Field(() => Boolean, { defaultValue: false, description: "With REISSUE: as in `reissueCertificate`." }) keepOldUntilEnrolled!: boolean;
  @Field(() => RevocationReasonEnum, { defaultValue: "UNSPECIFIED", description: "Why, with REVOKE." }) revocationReason!: RevocationReason;
}

@InputType({ description: "A new Public ID. Its passwords must be changed at the first sign-in." })
export class RegisterUserInput extends CommonFields {
  @Field({ description: "お客様ID: 6–12 letters and digits, at least one of each. Width and case don't count." }) loginId!: string;
  @Field({ description: "利用者名: at most 20 characters." }) displayName!: string;
  @Field(() => AuthorityEnum, { description: "利用権限." }) authority!: Authority;
}

@InputType()
class TargetInput {
  @Field(() => ID, { description: "The Public ID." }) userId!: string;
  @Field(() => String, { nullable: true, description: "A remark for the history, at most 200 characters." }) note?: string | null;
}

@InputType()
class ConfirmedTargetInput extends TargetInput {
  @Field(() => Int, { description: "The user's version that the screen showed. If it changed meanwhile: CONFLICT." }) expectedVersion!: number;
  @Field(() => String, { nullable: true, description: "登録確認用パスワード, when the bank's policy asks for it." }) registrationPassword?: string | null;
}

@InputType({ description: "Which Public ID is gone for good." })
export class DeregisterUserInput extends ConfirmedTargetInput {}

@InputType({ description: "Which Public ID is locked by hand." })
export class SuspendUserInput extends TargetInput {}

@InputType({ description: "Which suspended Public ID may sign in again." })
export class ResumeUserInput extends ConfirmedTargetInput {}

@InputType({ description: "Which of a Public ID's passwords is unlocked." })
export class UnlockUserInput extends ConfirmedTargetInput {
  @Field(() => PasswordKindEnum, { description: "The password whose restriction is lifted." }) passwordKind!: PasswordKind;
}

@InputType({ description: "Which Public ID may approve and transfer again." })
export class RestorePowersInput extends ConfirmedTargetInput {}

@InputType({ description: "One of the caller's own passwords, changed." })
export class PasswordChangeInput {
  @Field(() => PasswordKindEnum, { description: "Which." }) kind!: PasswordKind;
  @Field({ description: "The one in use." }) current!: string;
  @Field({ description: "The new one." }) next!: string;
  @Field({ description: again }) confirmation!: string;
}

@InputType({ description: "パスワード変更: all that are changed, as one unit." })
export class ChangePasswordsInput {
  @Field(() => [PasswordChangeInput], { description: "Each at most once; where passwords are due, all of those." }) passwords!: PasswordChangeInput[];
}

/** The passwords that were typed; a field left empty is no change. */
export function typedPasswords(input: NewPasswords): TypedPasswords {
  const entries: [PasswordKind, string | null | undefined, string | null | undefined][] = [
    ["LOGIN", input.newLoginPassword, input.newLoginPasswordConfirmation],
    ["REGISTRATION", input.newRegistrationPassword, input.newRegistrationPasswordConfirmation],
    ["APPROVAL", input.newApprovalPassword, input.newApprovalPasswordConfirmation],
    ["TRANSFER", input.newTransferPassword, input.newTransferPasswordConfirmation],
  ];
  const isTyped = (text: string | null | undefined) => text !== undefined && text !== null && text !== "";
  return Object.fromEntries(entries
    .filter(([, password, confirmation]) => isTyped(password) || isTyped(confirmation))
    .map(([kind, password, confirmation]) => [kind, { password: password ?? "", confirmation: confirmation ?? null }]));
}
