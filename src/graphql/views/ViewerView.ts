import { Field, ObjectType } from "type-graphql";
import type { SignedIn } from "../../identity/sessions.js";
import type { PasswordDue } from "../../identity/Password.js";
import { PasswordDueEnum } from "../enums.js";
import { DateTime } from "../scalars.js";

@ObjectType("Viewer", { simpleResolvers: true, description: "Who is signed in, and since when." })
export class ViewerView {
  @Field(() => DateTime, { description: "This sign-in's time." })
  signedInAt!: Date;

  @Field(() => DateTime, { nullable: true, description: "前回: the sign-in before this one. Null at the first." })
  previousSignInAt!: Date | null;

  @Field(() => DateTime, { description: "When the session ends at the latest; earlier if it idles." })
  sessionExpiresAt!: Date;

  @Field({ description: "Signed in without the certificate that the contract requires: may look at itself and enroll, nothing else." })
  mayOnlyEnroll!: boolean;

  @Field(() => PasswordDueEnum, {
    nullable: true,
    description: "Why the passwords must be changed before anything else is possible (`changePasswords`); null where they needn't.",
  })
  passwordsDue!: PasswordDue | null;

  /** For the field resolvers; not in the schema. */
  userId!: string;
  contractId!: string;
}

/** Null for the bank's own staff: an operator is no customer's ID. */
export function viewerView({ actor, signedInAt, previousSignInAt, expiresAt, passwordsDue }: SignedIn): ViewerView | null {
  if (actor.role === "BANK_OPERATOR") return null;
  const { userId, contractId } = actor;
  const mayOnlyEnroll = actor.role === "ENROLLEE";
  return Object.assign(new ViewerView(), { signedInAt, previousSignInAt, sessionExpiresAt: expiresAt, mayOnlyEnroll, passwordsDue, userId, contractId });
}
