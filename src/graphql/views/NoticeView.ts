import { Field, Int, ObjectType } from "type-graphql";
import type { NoticeFacts } from "../../desk/readNotices.js";
import type { NoticeKind, NoticeState } from "../../notices/Notice.js";
import { NoticeKindEnum, NoticeStateEnum } from "../enums.js";
import { globalId } from "../globalId.js";
import { DateTime } from "../scalars.js";
import { NodeView } from "./NodeView.js";

@ObjectType("Notice", { implements: NodeView, simpleResolvers: true, description: "お知らせメール: what it says is its recipient's." })
export class NoticeView extends NodeView {
  @Field(() => NoticeKindEnum, { description: "What it says." }) kind!: NoticeKind;
  @Field(() => NoticeStateEnum, { description: "What has become of it." }) state!: NoticeState;
  @Field({ description: "Where it goes." }) mailAddress!: string;
  @Field(() => Int, { description: "How many times it was tried." }) tries!: number;
  @Field(() => String, { nullable: true, description: "Why the last try failed. Null where none has." }) lastError!: string | null;
  @Field(() => DateTime, { description: "When it was written." }) createdAt!: Date;
  @Field(() => DateTime, { nullable: true, description: "When it is tried next; null where it isn't any more." }) nextTryAt!: Date | null;
  @Field(() => DateTime, { nullable: true, description: "When the mail server took it. Null where it hasn't." }) sentAt!: Date | null;

  /** For the field resolvers; not in the schema. */
  facts!: NoticeFacts;
}

export function noticeView(facts: NoticeFacts): NoticeView {
  const { kind, state, mailAddress, tries, lastError, createdAt, nextTryAt, sentAt } = facts;
  return Object.assign(new NoticeView(), {
    id: globalId("Notice", facts.id), kind, state, mailAddress, tries, lastError, createdAt, nextTryAt: state === "QUEUED" ? nextTryAt : null, sentAt, facts,
  });
}
