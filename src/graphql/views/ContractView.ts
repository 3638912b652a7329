import { Field, ObjectType } from "type-graphql";
import type { SignInMethod } from "../../identity/Contract.js";
import type { ContractFacts } from "../../identity/readContract.js";
import { SignInMethodEnum } from "../enums.js";
import { globalId } from "../globalId.js";
import { NodeView } from "./NodeView.js";

@ObjectType("Contract", { implements: NodeView, simpleResolvers: true, description: "契約先: one corporate customer of one bank." })
export class ContractView extends NodeView {
  @Field({ description: "契約先名." }) name!: string;
  @Field({ description: "金融機関コード: the bank's four digits." }) bankCode!: string;
  @Field({ description: "金融機関名." }) bankName!: string;
  @Field(() => SignInMethodEnum, { description: "What the contract's IDs sign in with." }) signInMethod!: SignInMethod;
}

export function contractView(facts: ContractFacts): ContractView {
  return Object.assign(new ContractView(), { ...facts, id: globalId("Contract", facts.id) });
}
