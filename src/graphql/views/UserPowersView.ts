import { Field, Int, ObjectType } from "type-graphql";
import type { HeldBack, PowerFacts } from "../../users/readPowers.js";
import { HeldBackEnum } from "../enums.js";
import { DateTime } from "../scalars.js";

@ObjectType("UserPowers", { simpleResolvers: true, description: "What an ID may do with money, at the instant of the answer and at no other: ask before each deed." })
export class UserPowersView {
  @Field({ description: "承認: may approve payments." }) mayApprove!: boolean;
  @Field({ description: "都度振込: may make ad hoc transfers." }) mayMakeAdHocTransfers!: boolean;
  @Field(() => Int, { nullable: true, description: "都度振込取扱限度額 as it counts, in thousands of yen; null where it may make none." }) adHocTransferLimit!: number | null;
  @Field(() => [HeldBackEnum], { description: "Why it may not approve; empty when it may." }) whyNotApprove!: HeldBack[];
  @Field(() => [HeldBackEnum], { description: "Why it may not transfer; empty when it may." }) whyNotTransfer!: HeldBack[];
  @Field(() => DateTime, { nullable: true, description: "Since when its powers are on hold by a reissue; null where they aren't." }) heldSince!: Date | null;
}

export function userPowersView(facts: PowerFacts): UserPowersView {
  return Object.assign(new UserPowersView(), facts);
}
