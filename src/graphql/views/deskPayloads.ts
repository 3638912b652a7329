import { Field, ObjectType } from "type-graphql";
import { ApprovalRequestView } from "./ApprovalRequestView.js";
import { BankViewerView } from "./BankViewerView.js";
import { ContractView } from "./ContractView.js";
import { refused, UserErrorView } from "./payloads.js";

@ObjectType({ simpleResolvers: true, description: "What came of an operator's sign-in. When refused, all but `userErrors` is null." })
export class SignInOperatorPayload {
  @Field(() => String, { nullable: true, description: "To be sent as `Authorization: Bearer …`. Shown this once." }) sessionToken?: string | null;
  @Field(() => BankViewerView, { nullable: true, description: "Who is signed in now." }) bankViewer?: BankViewerView | null;
  @Field(() => [UserErrorView], refused) userErrors!: UserErrorView[];
}

@ObjectType({ simpleResolvers: true, description: "What came of an emergency stop. When refused, all but `userErrors` is null." })
export class StopContractPayload {
  @Field(() => ContractView, { nullable: true, description: "The contract, stopped." }) contract?: ContractView | null;
  @Field(() => [UserErrorView], refused) userErrors!: UserErrorView[];
}

@ObjectType({ simpleResolvers: true })
class RequestPayload {
  @Field(() => ApprovalRequestView, { nullable: true, description: "The request as it stands now." }) request?: ApprovalRequestView | null;
  @Field(() => [UserErrorView], refused) userErrors!: UserErrorView[];
}

@ObjectType({ simpleResolvers: true, description: "What came of requesting a reissue. When refused, all but `userErrors` is null." })
export class RequestReissuePayload extends RequestPayload {}

@ObjectType({ simpleResolvers: true, description: "What came of requesting that a lock be lifted. When refused, all but `userErrors` is null." })
export class RequestUnlockPayload extends RequestPayload {}

@ObjectType({ simpleResolvers: true, description: "What came of requesting that a contract be started again. When refused, all but `userErrors` is null." })
export class RequestStartPayload extends RequestPayload {}

@ObjectType({ simpleResolvers: true, description: "What came of an approval: with it the act itself was done. When refused, all but `userErrors` is null." })
export class ApproveRequestPayload extends RequestPayload {
  @Field(() => String, { nullable: true, description: "取得コード of an approved reissue, for the Master. Shown this once, and to the approver alone; null for every other act, and where the bank sends it to the Master by mail." })
  enrollmentCode?: string | null;
}

@ObjectType({ simpleResolvers: true, description: "What came of a rejection. When refused, all but `userErrors` is null." })
export class RejectRequestPayload extends RequestPayload {}

@ObjectType({ simpleResolvers: true, description: "What came of withdrawing a request. When refused, all but `userErrors` is null." })
export class WithdrawRequestPayload extends RequestPayload {}
