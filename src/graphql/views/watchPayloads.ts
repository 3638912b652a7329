import { Field, Int, ObjectType } from "type-graphql";
import type { ChainFault } from "../../history/verifyHistory.js";
import { ChainFaultEnum } from "../enums.js";
import { DateTime } from "../scalars.js";
import { AlertView } from "./AlertView.js";
import { NoticeView } from "./NoticeView.js";
import { refused, UserErrorView } from "./payloads.js";

@ObjectType({ simpleResolvers: true, description: "What came of taking note of an alert. When refused, all but `userErrors` is null." })
export class AcknowledgeAlertPayload {
  @Field(() => AlertView, { nullable: true, description: "The alert." }) alert?: AlertView | null;
  @Field(() => [UserErrorView], refused) userErrors!: UserErrorView[];
}

@ObjectType({ simpleResolvers: true, description: "What came of sending a mail again. When refused, all but `userErrors` is null." })
export class ResendNoticePayload {
  @Field(() => NoticeView, { nullable: true, description: "The mail, waiting again." }) notice?: NoticeView | null;
  @Field(() => [UserErrorView], refused) userErrors!: UserErrorView[];
}

@ObjectType("HistoryVerification", { simpleResolvers: true, description: "What a look at the bank's own chain of history entries has found." })
export class HistoryVerificationView {
  @Field({ description: "Nothing is wrong in what was looked at." }) isWhole!: boolean;
  @Field(() => Int, { description: "How many entries are sealed." }) size!: number;
  @Field(() => Int, { description: "How many were looked at, up to the first one that is wrong." }) verified!: number;
  @Field(() => Int, { description: "How many signed checkpoints agree." }) checkpoints!: number;
  @Field(() => DateTime, { description: "When it was looked at." }) verifiedAt!: Date;
  @Field(() => ChainFaultEnum, { nullable: true, description: "What is wrong; null where nothing is." }) fault!: ChainFault | null;
  @Field(() => Int, { nullable: true, description: "The number of the first entry that is wrong. Null where nothing is, and where it has none." }) firstWrongNumber!: number | null;
  @Field(() => String, { nullable: true, description: "Its id in the database. Null where nothing is wrong, and where there is no such entry." }) firstWrongRecordId!: string | null;
  @Field(() => String, { nullable: true, description: "What is wrong, in words. Null where nothing is." }) why!: string | null;
}
