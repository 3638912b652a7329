import { ArgsType, Field, ID, InputType, Int } from "type-graphql";
import type { Direction } from "../../foundation/database/keysetPage.js";
import type { AlertKind } from "../../history/Alert.js";
import type { Outcome } from "../../history/UsageRecord.js";
import type { NoticeState } from "../../notices/Notice.js";
import type { UserKind, UserStatus } from "../../identity/User.js";
import type { CertificateStatus } from "../../policy/certificateLifecycle.js";
import type { DeedAction } from "../../policy/deeds.js";
import {
  AlertKindEnum, CertificateOrderFieldEnum, CertificateStatusEnum, DeedActionEnum, NoticeStateEnum, OrderDirectionEnum, OutcomeEnum, UserKindEnum, UserOrderFieldEnum, UserStatusEnum,
} from "../enums.js";
import { DateTime } from "../scalars.js";

@ArgsType()
export class PageArgs {
  @Field(() => Int, { nullable: true, defaultValue: 20, description: "How many, 1–100." }) first!: number | null;
  @Field(() => String, { nullable: true, description: "The cursor that the page begins after." }) after?: string | null;
}

@InputType({ description: "Which users. What isn't said doesn't limit." })
export class UserFilter {
  @Field(() => UserKindEnum, { nullable: true, description: "Masters, or Public IDs." }) kind?: UserKind | null;
  @Field(() => [UserStatusEnum], { nullable: true, description: "Any of these statuses of the ID." }) status?: UserStatus[] | null;
  @Field(() => [CertificateStatusEnum], { nullable: true, description: "Any of these statuses of the user's newest certificate." })
  certificateStatus?: CertificateStatus[] | null;
  @Field(() => ID, { nullable: true, description: "Of this contract." }) contractId?: string | null;
  @Field(() => String, { nullable: true, description: "Anywhere in login ID or name; width and case don't count." }) text?: string | null;
}

@InputType({ description: "How users are sorted." })
export class UserOrder {
  @Field(() => UserOrderFieldEnum, { description: "By what." }) field!: "LOGIN_ID" | "CREATED_AT";
  @Field(() => OrderDirectionEnum, { defaultValue: "ASC", description: "Which way." }) direction!: Direction;
}

@InputType({ description: "Which certificates. What isn't said doesn't limit." })
export class CertificateFilter {
  @Field(() => [CertificateStatusEnum], { nullable: true, description: "Any of these statuses." }) status?: CertificateStatus[] | null;
  @Field(() => ID, { nullable: true, description: "Of this holder." }) userId?: string | null;
}

@InputType({ description: "How certificates are sorted." })
export class CertificateOrder {
  @Field(() => CertificateOrderFieldEnum, { description: "By what." }) field!: "OPENED_AT";
  @Field(() => OrderDirectionEnum, { defaultValue: "DESC", description: "Which way." }) direction!: Direction;
}

@InputType({ description: "Which entries of the history. What isn't said doesn't limit." })
export class UsageHistoryFilter {
  @Field(() => ID, { nullable: true, description: "By this user; for the bank's staff also by this operator." }) actorId?: string | null;
  @Field(() => ID, { nullable: true, description: "On this user." }) targetUserId?: string | null;
  @Field(() => ID, { nullable: true, description: "Of this contract: for the bank's staff, who see many." }) contractId?: string | null;
  @Field(() => [DeedActionEnum], { nullable: true, description: "Any of these actions." }) action?: DeedAction[] | null;
  @Field(() => [OutcomeEnum], { nullable: true, description: "Any of these outcomes." }) outcome?: Outcome[] | null;
  @Field(() => ID, { nullable: true, description: "About this certificate." }) certificateId?: string | null;
  @Field(() => String, { nullable: true, description: "Of the request with this id." }) requestId?: string | null;
  @Field(() => DateTime, { nullable: true, description: "From this instant on." }) from?: Date | null;
  @Field(() => DateTime, { nullable: true, description: "Before this instant." }) until?: Date | null;
}

@InputType({ description: "Which alerts. What isn't said doesn't limit." })
export class AlertFilter {
  @Field(() => [AlertKindEnum], { nullable: true, description: "Any of these kinds." }) kind?: AlertKind[] | null;
  @Field(() => ID, { nullable: true, description: "Of this contract: for the bank's staff, who see many." }) contractId?: string | null;
  @Field(() => ID, { nullable: true, description: "About this user." }) userId?: string | null;
  @Field(() => Boolean, { nullable: true, description: "Whether the caller's side (the contract, or the bank) has taken note of it since it happened last." }) isAcknowledged?: boolean | null;
}

@InputType({ description: "Which mails. What isn't said doesn't limit." })
export class NoticeFilter {
  @Field(() => [NoticeStateEnum], { nullable: true, description: "Any of these states." }) state?: NoticeState[] | null;
  @Field(() => ID, { nullable: true, description: "To this user." }) recipientId?: string | null;
}

@ArgsType()
export class AlertsArgs extends PageArgs {
  @Field(() => AlertFilter, { nullable: true, description: "Which alerts." }) filter?: AlertFilter | null;
}

@ArgsType()
export class NoticesArgs extends PageArgs {
  @Field(() => NoticeFilter, { nullable: true, description: "Which mails." }) filter?: NoticeFilter | null;
}

@ArgsType()
export class UsersArgs extends PageArgs {
  @Field(() => UserFilter, { nullable: true, description: "Which users." }) filter?: UserFilter | null;
  @Field(() => UserOrder, { nullable: true, description: "How they are sorted; by login ID when not said." }) orderBy?: UserOrder | null;
}

@ArgsType()
export class CertificatesArgs extends PageArgs {
  @Field(() => CertificateFilter, { nullable: true, description: "Which certificates." }) filter?: CertificateFilter | null;
  @Field(() => CertificateOrder, { nullable: true, description: "How they are sorted; newest first when not said." }) orderBy?: CertificateOrder | null;
}

@ArgsType()
export class UsageHistoryArgs extends PageArgs {
  @Field(() => UsageHistoryFilter, { nullable: true, description: "Which entries." }) filter?: UsageHistoryFilter | null;
}
