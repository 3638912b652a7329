import { Field, Int, ObjectType } from "type-graphql";
import type { Authority, UserKind, UserStatus } from "../../identity/User.js";
import type { UserFacts } from "../../users/readUsers.js";
import { AuthorityEnum, UserKindEnum, UserStatusEnum } from "../enums.js";
import { globalId } from "../globalId.js";
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

  /** For the field resolvers; not in the schema. */
  facts!: UserFacts;
}

export function userView(facts: UserFacts): UserView {
  const { version, loginId, displayName, kind, authority, status } = facts;
  return Object.assign(new UserView(), { id: globalId("User", facts.id), version, loginId, displayName, kind, authority, status, facts });
}
