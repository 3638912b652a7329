import { Field, Int, ObjectType } from "type-graphql";
import type { Authority, UserKind, UserStatus } from "../../identity/User.js";
import type { UserFacts } from "../../users/readUsers.js";
import { AuthorityEnum, UserKindEnum, UserStatusEnum } from "../enums.js";
import { globalId } from "../globalId.js";
import type { RequestContext } from "../RequestContext.js";
import { DateTime } from "../scalars.js";
import { CertificateView, certificateView } from "./CertificateView.js";
import { NodeView } from "./NodeView.js";

@ObjectType("User", { implements: NodeView, simpleResolvers: true, description: "An ID of a contract: its Master or one of its Public IDs." })
export class UserView extends NodeView {
  @Field(() => Int, { description: "Rises with every change. A form carries the version that it showed." })
  version!: number;

  @Field({ description: "お客様ID: 6–12 alphanumerics." })
  loginId!: string;

  @Field({ description: "利用者名." })
  displayName!: string;

  @Field(() => UserKindEnum, { description: "Master or Public." })
  kind!: UserKind;

  @Field(() => AuthorityEnum, { nullable: true, description: "利用権限. Null for a Master, which administers." })
  authority!: Authority | null;

  @Field(() => UserStatusEnum, { description: "Whether the ID can sign in." })
  status!: UserStatus;

  @Field({ description: "都度振込利用: may make ad hoc transfers." })
  adHocTransferEnabled!: boolean;

  @Field(() => Int, { nullable: true, description: "都度振込取扱限度額 in thousands of yen, 0 for the bank's own default or the contract's where that is lower; null where ad hoc transfers are off." })
  adHocTransferLimit!: number | null;

  @Field(() => String, { nullable: true, description: "メールアドレス for notices. Null where there is none; then no notice is sent." })
  mailAddress!: string | null;

  @Field(() => DateTime, { nullable: true, description: "前回ログイン日時. Null where it never signed in." })
  lastSignInAt!: Date | null;

  @Field(() => Int, { nullable: true, description: "変更期間: days until a password must be changed; null for never." })
  passwordMaxAgeDays!: number | null;

  @Field(() => Int, { nullable: true, description: "アラーム期間: days before that, from which on it is said. Null where it isn't." })
  passwordWarnDays!: number | null;

  @Field(() => CertificateView, { nullable: true, description: "The current or latest certificate; null when there never was one (未発行)." })
  certificate!: CertificateView | null;

  /** For the field resolvers; not in the schema. */
  facts!: UserFacts;
}

/** Field by field: lists are made of these, and assigning all at once takes several times as long. */
export function userView(facts: UserFacts): UserView {
  const view = new UserView();
  view.id = globalId("User", facts.id);
  view.version = facts.version;
  view.loginId = facts.loginId;
  view.displayName = facts.displayName;
  view.kind = facts.kind;
  view.authority = facts.authority;
  view.status = facts.status;
  view.adHocTransferEnabled = facts.adHocLimit !== null;
  view.adHocTransferLimit = facts.adHocLimit;
  view.mailAddress = facts.mailAddress;
  view.lastSignInAt = facts.lastSignInAt;
  view.passwordMaxAgeDays = facts.passwordMaxAgeDays;
  view.passwordWarnDays = facts.passwordWarnDays;
  view.certificate = facts.certificate && certificateView(facts.certificate, facts.readAt);
  view.facts = facts;
  return view;
}

/** The user as a deed has left it. */
export async function reloadedUser({ loaders }: RequestContext, userId: string): Promise<UserView | null> {
  const facts = await loaders.user.clear(userId).load(userId);
  return facts && userView(facts);
}
