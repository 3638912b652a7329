import { Arg, Args, Ctx, ID, Mutation, Query, Resolver } from "type-graphql";
import { findContracts } from "../../contracts/readContracts.js";
import { stopContract } from "../../contracts/stopContract.js";
import { idOf } from "../globalId.js";
import { ContractsArgs, StopContractInput } from "../inputs/desk.js";
import { pageRequest, searchText } from "../inputs/pageRequest.js";
import { listCost } from "../listCost.js";
import { payload } from "../payload.js";
import type { RequestContext } from "../RequestContext.js";
import { ContractConnection, connection } from "../views/connections.js";
import { ContractView, contractView, reloadedContract } from "../views/ContractView.js";
import { StopContractPayload } from "../views/deskPayloads.js";

@Resolver()
export class ContractResolver {
  @Query(() => ContractView, {
    nullable: true,
    description: "One contract; null for what is unknown or not the caller's to see.",
  })
  async contract(@Arg("id", () => ID, { description: "The contract's id." }) id: string, @Ctx() { loaders }: RequestContext): Promise<ContractView | null> {
    const facts = await loaders.contract.load(idOf("Contract", id));
    return facts && contractView(facts);
  }

  @Query(() => ContractConnection, { complexity: listCost, description: "契約先検索: the contracts that the caller may see, by name." })
  async contracts(@Args() { filter, ...page }: ContractsArgs, @Ctx() { desk, actor }: RequestContext) {
    const which = { text: searchText(filter?.text), isStopped: filter?.isStopped ?? undefined };
    const found = await findContracts(desk, actor, which, pageRequest(page));
    return connection(ContractConnection, found, contractView, ({ id, searchText: key }) => ({ key, id }));
  }

  @Mutation(() => StopContractPayload, {
    nullable: true,
    description: "WEB-FB取引停止. Stops the caller's contract at once: nobody of it signs in, nothing is changed by anybody of it, but certificates can be revoked. Only the bank starts it again.",
  })
  stopContract(@Arg("input", { description: "What to note." }) input: StopContractInput, @Ctx() context: RequestContext) {
    return payload(context, async () => {
      const { id } = await stopContract(context.desk, context.actor, input);
      return { contract: await reloadedContract(context, id) };
    });
  }
}
