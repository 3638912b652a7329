import { Field, ID, ObjectType } from "type-graphql";
import type { Outcome, UsageRecord } from "../../history/UsageRecord.js";
import type { DeedAction } from "../../policy/deeds.js";
import { DeedActionEnum, OutcomeEnum } from "../enums.js";
import { globalId } from "../globalId.js";
import { DateTime } from "../scalars.js";
import { NodeView } from "./NodeView.js";

@ObjectType("UsageRecord", { implements: NodeView, simpleResolvers: true, description: "利用履歴: one attempt, whatever came of it." })
export class UsageRecordView extends NodeView {
  @Field(() => DateTime, { description: "When." }) at!: Date;
  @Field(() => ID, { nullable: true, description: "Who, as a User's id. Null where nobody signed in is known." }) actorId!: string | null;
  @Field(() => String, { nullable: true, description: "Who, as the login ID was then." }) actorLoginId!: string | null;
  @Field(() => DeedActionEnum, { description: "What was attempted." }) action!: DeedAction;
  @Field(() => ID, { nullable: true, description: "On whom, as a User's id. An id that was tried in vain stands here as well." })
  targetUserId!: string | null;
  @Field(() => String, { nullable: true, description: "On whom, as the login ID was then." }) targetLoginId!: string | null;
  @Field(() => ID, { nullable: true, description: "Which certificate; for a reissue the new one." }) certificateId!: string | null;
  @Field(() => OutcomeEnum, { description: "What came of it." }) outcome!: Outcome;
  @Field(() => String, {
    nullable: true,
    description: "Why it was refused: a RefusalCode, UNAUTHENTICATED for a session that was over, BAD_REQUEST for a malformed request, INTERNAL_ERROR for a fault.",
  })
  code!: string | null;
  @Field({ description: "The request's id, as in its answer and in the logs." }) requestId!: string;
  @Field(() => String, { nullable: true, description: "The address it came from." }) address!: string | null;
  @Field(() => String, { nullable: true, description: "What was noted beside it." }) note!: string | null;
  @Field(() => String, { nullable: true, description: "What changed, as it was: JSON, secrets never." }) before!: string | null;
  @Field(() => String, { nullable: true, description: "What changed, as it became: JSON, secrets never." }) after!: string | null;
}

export function usageRecordView(record: UsageRecord): UsageRecordView {
  const { actorId, targetUserId, certificateId } = record;
  return Object.assign(new UsageRecordView(), {
    ...record,
    id: globalId("UsageRecord", record.id),
    actorId: actorId && globalId("User", actorId),
    targetUserId: targetUserId && globalId("User", targetUserId),
    certificateId: certificateId && globalId("Certificate", certificateId),
  });
}
