import { Field, ObjectType } from "type-graphql";
import type { OperatorFacts } from "../../desk/readOperators.js";
import type { OperatorSignedIn } from "../../identity/operatorSessions.js";
import { DateTime } from "../scalars.js";
import { BankOperatorView, bankOperatorView } from "./BankOperatorView.js";

@ObjectType("BankViewer", { simpleResolvers: true, description: "Who of the bank's own staff is signed in, and since when." })
export class BankViewerView {
  @Field(() => DateTime, { description: "This sign-in's time." }) signedInAt!: Date;
  @Field(() => DateTime, { nullable: true, description: "前回: the sign-in before this one. Null at the first." }) previousSignInAt!: Date | null;
  @Field(() => DateTime, { description: "When the session ends at the latest; earlier if it idles." }) sessionExpiresAt!: Date;
  @Field(() => BankOperatorView, { description: "Who it is." }) operator!: BankOperatorView;
  @Field({ description: "金融機関コード: the bank's four digits." }) bankCode!: string;
  @Field({ description: "金融機関名." }) bankName!: string;
}

type Times = Pick<OperatorSignedIn, "signedInAt" | "previousSignInAt" | "expiresAt">;

export function bankViewerView({ signedInAt, previousSignInAt, expiresAt }: Times, facts: OperatorFacts): BankViewerView {
  const { bankCode, bankName } = facts;
  return Object.assign(new BankViewerView(), {
    signedInAt, previousSignInAt, sessionExpiresAt: expiresAt, operator: bankOperatorView(facts), bankCode, bankName,
  });
}
