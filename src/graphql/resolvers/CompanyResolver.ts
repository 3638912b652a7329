import { Ctx, FieldResolver, Resolver, Root } from "type-graphql";
import { idOf } from "../globalId.js";
import type { RequestContext } from "../RequestContext.js";
import { CompanyView, companyView } from "../views/CompanyView.js";
import { ContractView } from "../views/ContractView.js";

@Resolver(() => ContractView)
export class CompanyResolver {
  @FieldResolver(() => [CompanyView], {
    description: "利用企業: the contract's companies, by company code. A Master sees all of them, a Public ID those that it may act for.",
  })
  async companies(@Root() { id }: ContractView, @Ctx() { loaders }: RequestContext): Promise<CompanyView[]> {
    return (await loaders.contractCompanies.load(idOf("Contract", id))).map(companyView);
  }
}
