import { Field, ObjectType } from "type-graphql";
import type { AccountKind } from "../../users/Company.js";
import type { CompanyFacts, Service } from "../../users/readCompanies.js";
import { AccountKindEnum, ServiceEnum } from "../enums.js";
import { globalId } from "../globalId.js";
import { NodeView } from "./NodeView.js";

@ObjectType("Company", { implements: NodeView, simpleResolvers: true, description: "利用企業: a company that the contract may act for, with its account." })
export class CompanyView extends NodeView {
  @Field({ description: "企業名." }) name!: string;
  @Field({ description: "企業コード: 10 digits, leading zeros included." }) code!: string;
  @Field({ description: "支店コード: 3 digits." }) branchCode!: string;
  @Field({ description: "支店名." }) branchName!: string;
  @Field(() => AccountKindEnum, { description: "預金種目." }) accountKind!: AccountKind;
  @Field({ description: "口座番号: 7 digits, leading zeros included." }) accountNumber!: string;
  @Field(() => [ServiceEnum], { description: "What the account may be used for." }) services!: Service[];
}

export function companyView({ contractId: _, ...facts }: CompanyFacts): CompanyView {
  return Object.assign(new CompanyView(), { ...facts, id: globalId("Company", facts.id) });
}
