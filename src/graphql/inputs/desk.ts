import { ArgsType, Field, ID, InputType, Int } from "type-graphql";
import type { ApprovalStatus } from "../../desk/approvalStatus.js";
import type { PasswordKind } from "../../identity/Password.js";
import type { ReissueReason } from "../../policy/certificateLifecycle.js";
import { ApprovalStatusEnum, PasswordKindEnum, ReissueReasonEnum } from "../enums.js";
import { PageArgs } from "./lists.js";

const forTheHistory = { nullable: true, description: "A remark for the bank's history, at most 200 characters." };
const forTheColleague = { nullable: true, description: "A remark for whoever decides, and for the bank's history, at most 200 characters." };

@InputType({ description: "Who of the bank's own staff wants in." })
export class SignInOperatorInput {
  @Field({ description: "金融機関コード: the bank's four digits, e.g. 5120." }) bankCode!: string;
  @Field({ description: "職員ID. Width and case don't count." }) loginId!: string;
  @Field({ description: "パスワード." }) password!: string;
  @Field(() => String, { nullable: true, description: "新パスワード, in place of that one. Possible at any sign-in, needed at the first one and after a reset." })
  newPassword?: string | null;
  @Field(() => String, { nullable: true, description: "確認用: the new one once more." }) newPasswordConfirmation?: string | null;
}

@InputType({ description: "WEB-FB取引停止 of the caller's own contract." })
export class StopContractInput {
  @Field(() => String, { nullable: true, description: "A remark for the history, at most 200 characters." }) note?: string | null;
}

@InputType()
class TargetedMasterInput {
  @Field(() => ID, { description: "The Master." }) userId!: string;
  @Field(() => Int, { description: "The Master's version that the screen showed. If it changed meanwhile: CONFLICT." }) expectedVersion!: number;
  @Field(() => String, forTheColleague) note?: string | null;
}

@InputType({ description: "Which Master's certificate is to be reissued, and why." })
export class RequestReissueInput extends TargetedMasterInput {
  @Field(() => ReissueReasonEnum, { defaultValue: "UNSPECIFIED", description: "Why. Decides the old certificate's revocation reason." })
  reason!: ReissueReason;
}

@InputType({ description: "Which of a Master's passwords is to be unlocked." })
export class RequestUnlockInput extends TargetedMasterInput {
  @Field(() => PasswordKindEnum, { description: "The password whose restriction is to be lifted." }) passwordKind!: PasswordKind;
}

@InputType({ description: "Which stopped contract is to be started again." })
export class RequestStartInput {
  @Field(() => ID, { description: "The contract." }) contractId!: string;
  @Field(() => Int, { description: "The contract's version that the screen showed. If it changed meanwhile: CONFLICT." }) expectedVersion!: number;
  @Field(() => String, forTheColleague) note?: string | null;
}

@InputType()
class DecisionInput {
  @Field(() => ID, { description: "The request." }) requestId!: string;
  @Field(() => String, forTheHistory) note?: string | null;
}

@InputType({ description: "Which colleague's request is approved." })
export class ApproveRequestInput extends DecisionInput {}

@InputType({ description: "Which colleague's request is rejected." })
export class RejectRequestInput extends DecisionInput {}

@InputType({ description: "Which of the caller's own requests is withdrawn." })
export class WithdrawRequestInput extends DecisionInput {}

@InputType({ description: "Which contracts. What isn't said doesn't limit." })
export class ContractFilter {
  @Field(() => String, { nullable: true, description: "Anywhere in the contract's name; or a company's 企業コード or an ID's お客様ID, whole. Width and case don't count." })
  text?: string | null;
  @Field(() => Boolean, { nullable: true, description: "Only stopped ones, or only those that aren't." }) isStopped?: boolean | null;
}

@ArgsType()
export class ContractsArgs extends PageArgs {
  @Field(() => ContractFilter, { nullable: true, description: "Which contracts." }) filter?: ContractFilter | null;
}

@InputType({ description: "Which requests. What isn't said doesn't limit." })
export class ApprovalRequestFilter {
  @Field(() => [ApprovalStatusEnum], { nullable: true, description: "Any of these statuses." }) status?: ApprovalStatus[] | null;
}

@ArgsType()
export class ApprovalRequestsArgs extends PageArgs {
  @Field(() => ApprovalRequestFilter, { nullable: true, description: "Which requests." }) filter?: ApprovalRequestFilter | null;
}
