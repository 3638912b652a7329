import { Field, ObjectType } from "type-graphql";
import type { PasswordDue, PasswordKind } from "../../identity/Password.js";
import { PasswordDueEnum, PasswordKindEnum } from "../enums.js";
import { DateTime } from "../scalars.js";

@ObjectType("UserPassword", { simpleResolvers: true, description: "How one of an ID's passwords stands; never the password itself." })
export class UserPasswordView {
  @Field(() => PasswordKindEnum, { description: "Which of the four." }) kind!: PasswordKind;
  @Field({ description: "Restricted: too many wrong entries in a row. Of the login password it is the lock that stops sign-in." }) isLocked!: boolean;
  @Field(() => DateTime, { description: "When it was set." }) setAt!: Date;
  @Field(() => PasswordDueEnum, { nullable: true, description: "Why it must be changed at the next sign-in; null where it needn't." }) due!: PasswordDue | null;
  @Field(() => DateTime, { nullable: true, description: "Until when it may go unchanged (変更期間); null for ever." }) expiresAt!: Date | null;
  @Field({ description: "The warning period (アラーム期間) has begun." }) isExpiringSoon!: boolean;
}
