import { Field, ObjectType } from "type-graphql";
import type { ApprovalAct } from "../../desk/ApprovalRequest.js";
import type { ApprovalStatus } from "../../desk/approvalStatus.js";
import type { RequestFacts } from "../../desk/readRequests.js";
import type { PasswordKind } from "../../identity/Password.js";
import type { ReissueReason } from "../../policy/certificateLifecycle.js";
import { ApprovalActEnum, ApprovalStatusEnum, PasswordKindEnum, ReissueReasonEnum } from "../enums.js";
import { globalId } from "../globalId.js";
import type { RequestContext } from "../RequestContext.js";
import { DateTime } from "../scalars.js";
import { NodeView } from "./NodeView.js";

@ObjectType("ApprovalRequest", {
  implements: NodeView,
  simpleResolvers: true,
  description: "承認依頼: an act that one of the bank's staff asks for and another approves or rejects.",
})
export class ApprovalRequestView extends NodeView {
  @Field(() => ApprovalActEnum, { description: "What is asked for." }) act!: ApprovalAct;
  @Field(() => ApprovalStatusEnum, { description: "What has become of it, as of this answer." }) status!: ApprovalStatus;
  @Field(() => ReissueReasonEnum, { nullable: true, description: "Why the certificate is to be reissued. Null for every other act." }) reason!: ReissueReason | null;
  @Field(() => PasswordKindEnum, { nullable: true, description: "Which password is to be unlocked. Null for every other act." }) passwordKind!: PasswordKind | null;
  @Field(() => String, { nullable: true, description: "What the requester wrote beside it. Null where that is nothing." }) note!: string | null;
  @Field(() => DateTime, { description: "When it was requested." }) requestedAt!: Date;
  @Field(() => DateTime, { description: "The last instant to decide on it." }) expiresAt!: Date;
  @Field(() => DateTime, { nullable: true, description: "When it was approved, rejected or withdrawn. Null where it wasn't." }) decidedAt!: Date | null;

  @Field(() => String, { nullable: true, description: "What whoever approved, rejected or withdrew it wrote beside it. Null where that is nothing." }) decisionNote!: string | null;

  /** For the field resolvers; not in the schema. */
  facts!: RequestFacts;
}

export function approvalRequestView(facts: RequestFacts): ApprovalRequestView {
  const { act, status, reissueReason: reason, passwordKind, note, requestedAt, expiresAt, decidedAt, decisionNote } = facts;
  return Object.assign(new ApprovalRequestView(), {
    id: globalId("ApprovalRequest", facts.id), act, status, reason, passwordKind, note, requestedAt, expiresAt, decidedAt, decisionNote, facts,
  });
}

/** The request as a deed has left it. */
export async function reloadedRequest({ loaders }: RequestContext, id: string): Promise<ApprovalRequestView | null> {
  const facts = await loaders.approvalRequest.clear(id).load(id);
  return facts && approvalRequestView(facts);
}
