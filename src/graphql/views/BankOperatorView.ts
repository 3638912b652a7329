import { Field, ObjectType } from "type-graphql";
import type { OperatorFacts } from "../../desk/readOperators.js";
import { globalId } from "../globalId.js";
import { NodeView } from "./NodeView.js";

@ObjectType("BankOperator", { implements: NodeView, simpleResolvers: true, description: "金庫職員: the bank's own staff. Seen by its colleagues alone." })
export class BankOperatorView extends NodeView {
  @Field({ description: "職員ID." }) loginId!: string;
  @Field({ description: "職員名." }) displayName!: string;
}

export function bankOperatorView({ id, loginId, displayName }: OperatorFacts): BankOperatorView {
  return Object.assign(new BankOperatorView(), { id: globalId("BankOperator", id), loginId, displayName });
}
