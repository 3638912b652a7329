import { Field, ID, ObjectType } from "type-graphql";
import type { Outcome, UsageRecord } from "../../history/UsageRecord.js";
import type { DeedAction } from "../../policy/deeds.js";
import type { Actor, Role } from "../../policy/Actor.js";
import { DeedActionEnum, OutcomeEnum, RoleEnum } from "../enums.js";
import { globalId } from "../globalId.js";
import { DateTime } from "../scalars.js";
import { NodeView } from "./NodeView.js";

@ObjectType("UsageRecord", { implements: NodeView, simpleResolvers: true, description: "利用履歴: one attempt, whatever came of it." })
export class UsageRecordView extends NodeView {
  @Field(() => DateTime, { description: "When." }) at!: Date;
  @Field(() => ID, { nullable: true, description: "Who, as a User's or a BankOperator's id. Null where nobody signed in is known, and for customers where it was the bank's staff." }) actorId!: string | null;
  @Field(() => String, { nullable: true, description: "Who, as the login ID was then. Null as `actorId` is." }) actorLoginId!: string | null;
  @Field(() => RoleEnum, { nullable: true, description: "As what it acted. Null where nobody was signed in, and in entries of before this was kept." }) actorRole!: Role | null;
  @Field(() => DeedActionEnum, { description: "What was attempted." }) action!: DeedAction;
  @Field(() => ID, { nullable: true, description: "On whom, as a User's id. An id that was tried in vain stands here as well. Null where it was on nobody." })
  targetUserId!: string | null;
  @Field(() => String, { nullable: true, description: "On whom, as the login ID was then. Null where it was on nobody, or on nobody known." }) targetLoginId!: string | null;
  @Field(() => ID, { nullable: true, description: "Which certificate; for a reissue the new one. Null where it was about none." }) certificateId!: string | null;
  @Field(() => OutcomeEnum, { description: "What came of it." }) outcome!: Outcome;
  @Field(() => String, {
    nullable: true,
    description: "Why it was refused: a RefusalCode, UNAUTHENTICATED for a session that was over, BAD_REQUEST for a malformed request, RATE_LIMITED for a sign-in too many (the first of a minute), REQUEST_TIMED_OUT for what took too long, DATABASE_UNAVAILABLE for what the database was gone under, INTERNAL_ERROR for a fault. Null where it was done.",
  })
  code!: string | null;
  @Field({ description: "The request's id, as in its answer and in the logs." }) requestId!: string;
  @Field(() => String, { nullable: true, description: "The address it came from. Null where it came by no request from outside, and to customers where it was the bank's staff." }) address!: string | null;
  @Field(() => String, { nullable: true, description: "What was noted beside it. Null where nothing was, and to customers where it was the bank's staff." }) note!: string | null;
  @Field(() => String, { nullable: true, description: "What changed, or was to change, as it was: JSON, secrets never. Null where there is nothing to tell." }) before!: string | null;
  @Field(() => String, { nullable: true, description: "What changed, as it became: JSON, secrets never. Null where nothing did." }) after!: string | null;

  /** For the field resolver; not in the schema. */
  contractId!: string | null;
}

/** The entry as this reader may see it. */
export function usageRecordView(record: UsageRecord, reader: Actor): UsageRecordView {
  const told = toldTo(reader, record);
  const { actorId, actorRole, targetUserId, certificateId } = told;
  return Object.assign(new UsageRecordView(), {
    ...told,
    id: globalId("UsageRecord", told.id),
    actorId: actorId && globalId(actorRole === "BANK_OPERATOR" ? "BankOperator" : "User", actorId),
    targetUserId: targetUserId && globalId("User", targetUserId),
    certificateId: certificateId && globalId("Certificate", certificateId),
  });
}

/** What of an entry this reader is told. */
export function toldTo(reader: Actor, record: UsageRecord): UsageRecord {
  return record.actorRole === "BANK_OPERATOR" && reader.role !== "BANK_OPERATOR" ? withoutStaff(record) : record;
}

/** A customer sees what the bank did; who of its staff, where it sat, and what it wrote for its colleagues is the bank's own. */
function withoutStaff(record: UsageRecord): UsageRecord {
  return { ...record, actorId: null, actorLoginId: null, address: null, note: null, before: withoutRequester(record.before) };
}

function withoutRequester(facts: string | null): string | null {
  if (facts === null) return null;
  const { requestedBy: _, ...rest } = JSON.parse(facts) as Record<string, unknown>;
  return JSON.stringify(rest);
}
