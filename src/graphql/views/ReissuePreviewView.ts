import { Field, Int, ObjectType } from "type-graphql";
import type { ReissuePreview } from "../../certificates/previewReissue.js";
import type { AlertKind } from "../../history/Alert.js";
import type { ReissueReason, RevocationReason } from "../../policy/certificateLifecycle.js";
import { AlertKindEnum, ReissueReasonEnum, RevocationReasonEnum } from "../enums.js";
import { DateTime } from "../scalars.js";

@ObjectType("ReasonEffect", { simpleResolvers: true, description: "What a reissue for this reason does to the old certificate." })
export class ReasonEffectView {
  @Field(() => ReissueReasonEnum, { description: "The reason." }) reason!: ReissueReason;
  @Field(() => RevocationReasonEnum, { description: "By which the old one is revoked." }) revocationReason!: RevocationReason;
  @Field(() => DateTime, { nullable: true, description: "Until when it may live on, with `keepOldUntilEnrolled`. Null: it dies at once, always." }) oldMayLiveUntil!: Date | null;
}

@ObjectType("EndingSession", { simpleResolvers: true, description: "A session that ends." })
export class EndingSessionView {
  @Field(() => DateTime, { description: "When it was opened." }) signedInAt!: Date;
  @Field(() => DateTime, { description: "When it was used last, to a tenth of the idle time." }) lastUsedAt!: Date;
  @Field(() => String, { nullable: true, description: "The address that it was opened from. Null where none is known." }) address!: string | null;
}

@ObjectType("EndingCertificate", { description: "A certificate that dies, and how much life it has." })
export class EndingCertificateView {
  @Field(() => Int, { nullable: true, simple: true, description: "Whole days that are left; null where it isn't acquired yet." }) remainingDays!: number | null;
  @Field(() => Int, { nullable: true, simple: true, description: "What is left of its life, in percent. Null where it isn't acquired yet." }) remainingPercent!: number | null;

  /** For the field resolver; not in the schema. */
  certificateId!: string;
}

@ObjectType("ReissuePreview", { description: "What a reissue will do. Nothing changes by asking." })
export class ReissuePreviewView {
  @Field(() => [EndingCertificateView], { simple: true, description: "Which certificates die: the current one, and one that is kept beside it." }) endingCertificates!: EndingCertificateView[];
  @Field(() => [EndingSessionView], { simple: true, description: "Which sessions of the holder end." }) endingSessions!: EndingSessionView[];
  @Field(() => DateTime, { nullable: true, simple: true, description: "When the holder signed in last. Null where it never did." }) lastSignInAt!: Date | null;
  @Field({ simple: true, description: "Nobody else of the contract could approve while the holder's powers are on hold." }) isLastApprover!: boolean;
  @Field({ simple: true, description: "A certificate was opened already and waits for its holder: its code dies." }) isOnePending!: boolean;
  @Field({ simple: true, description: "The registration password is asked for." }) asksRegistrationPassword!: boolean;
  @Field({ simple: true, description: "The holder may neither approve nor transfer afterwards, until `restorePowers`." }) holdsPowers!: boolean;
  @Field({ simple: true, description: "The enrollment code goes to the holder by mail and isn't shown." }) sendsCodeByMail!: boolean;
  @Field(() => [AlertKindEnum], { simple: true, description: "Which alerts it will raise." }) wouldRaise!: AlertKind[];
  @Field(() => [ReasonEffectView], { simple: true, description: "What each reason brings about." }) reasons!: ReasonEffectView[];

  /** For the field resolver; not in the schema. */
  holderId!: string;
}

export function reissuePreviewView({ holderId, ending, pendingCertificateId, endingSession, ...facts }: ReissuePreview): ReissuePreviewView {
  return Object.assign(new ReissuePreviewView(), {
    ...facts, holderId,
    endingCertificates: ending.map(({ certificateId, remaining }) => Object.assign(new EndingCertificateView(), {
      certificateId, remainingDays: remaining?.days ?? null, remainingPercent: remaining?.percent ?? null,
    })),
    endingSessions: endingSession ? [endingSession] : [],
    isOnePending: pendingCertificateId !== null,
  });
}
