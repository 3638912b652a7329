import { Field, Int, ObjectType } from "type-graphql";
import type { ContractFacts } from "../../contracts/readContracts.js";
import type { SignInMethod } from "../../identity/Contract.js";
import { ContractStatusEnum, SignInMethodEnum } from "../enums.js";
import { globalId } from "../globalId.js";
import type { RequestContext } from "../RequestContext.js";
import { DateTime } from "../scalars.js";
import { NodeView } from "./NodeView.js";

@ObjectType("Contract", { implements: NodeView, simpleResolvers: true, description: "契約先: one corporate customer of one bank." })
export class ContractView extends NodeView {
  @Field(() => Int, { description: "Rises with every change of the contract, a registration included. A screen carries the version that it showed." }) version!: number;
  @Field({ description: "契約先名." }) name!: string;
  @Field({ description: "金融機関コード: the bank's four digits." }) bankCode!: string;
  @Field({ description: "金融機関名." }) bankName!: string;
  @Field(() => SignInMethodEnum, { description: "What the contract's IDs sign in with." }) signInMethod!: SignInMethod;
  @Field(() => ContractStatusEnum, { description: "Whether its IDs can sign in and change things." }) status!: keyof typeof ContractStatusEnum;
  @Field(() => DateTime, { nullable: true, description: "取引停止日時: when the Master stopped it. Null where it isn't stopped." }) stoppedAt!: Date | null;
  @Field(() => DateTime, { nullable: true, description: "When one of its IDs last signed in, for whoever may read the history. Null before the first time, and for everybody else." }) lastSignInAt!: Date | null;
  @Field(() => Int, { description: "都度振込取扱限度額 in thousands of yen: the highest that one of its IDs may be given." }) adHocTransferLimit!: number;
  @Field(() => Int, { description: "The bank's own 都度振込取扱限度額 in thousands of yen: what an ID has whose limit is 0, where the contract's isn't lower." }) defaultAdHocTransferLimit!: number;
}

export function contractView({ searchText: _, ...facts }: ContractFacts): ContractView {
  return Object.assign(new ContractView(), {
    ...facts, id: globalId("Contract", facts.id), status: facts.stoppedAt === null ? ("ACTIVE" as const) : ("STOPPED" as const),
  });
}

/** The contract as a deed has left it. */
export async function reloadedContract({ loaders }: RequestContext, id: string): Promise<ContractView | null> {
  const facts = await loaders.contract.clear(id).load(id);
  return facts && contractView(facts);
}
