import { Args, Ctx, FieldResolver, Query, Resolver, Root } from "type-graphql";
import { findHistory, historyCursor } from "../../history/readHistory.js";
import type { Actor } from "../../policy/Actor.js";
import { idOf } from "../globalId.js";
import { UsageHistoryArgs } from "../inputs/lists.js";
import { chosen, pageRequest } from "../inputs/pageRequest.js";
import { listCost } from "../listCost.js";
import type { RequestContext } from "../RequestContext.js";
import { UsageRecordConnection, connection } from "../views/connections.js";
import { ContractView, contractView } from "../views/ContractView.js";
import { UsageRecordView, usageRecordView } from "../views/UsageRecordView.js";

@Resolver(() => UsageRecordView)
export class HistoryResolver {
  @Query(() => UsageRecordConnection, { complexity: listCost, description: "利用履歴照会: every attempt in the caller's contract, for the bank's staff in its bank, newest first." })
  async usageHistory(@Args() { filter, ...page }: UsageHistoryArgs, @Ctx() { desk, actor }: RequestContext) {
    const { actorId, targetUserId, contractId, certificateId, requestId, action, outcome, from, until } = filter ?? {};
    const which = {
      actorId: actorId ? actorIdOf(actor, actorId) : undefined,
      targetUserId: targetUserId ? idOf("User", targetUserId) : undefined,
      contractId: contractId ? idOf("Contract", contractId) : undefined,
      certificateId: certificateId ? idOf("Certificate", certificateId) : undefined,
      requestId: requestId ?? undefined,
      action: chosen(action),
      outcome: chosen(outcome),
      from: from ?? undefined,
      until: until ?? undefined,
    };
    const found = await findHistory(desk, actor, which, pageRequest(page));
    return connection(UsageRecordConnection, found, (record) => usageRecordView(record, actor), historyCursor);
  }

  @FieldResolver(() => ContractView, { nullable: true, description: "Whose it is. Null where it is the bank's own, or nobody's that is known." })
  async contract(@Root() { contractId }: UsageRecordView, @Ctx() { loaders }: RequestContext): Promise<ContractView | null> {
    const facts = contractId === null ? null : await loaders.contract.load(contractId);
    return facts && contractView(facts);
  }
}

/** Whom the bank has at its desk is nothing that a customer can ask for. */
function actorIdOf({ role }: Actor, text: string): string {
  return idOf("User", text) || (role === "BANK_OPERATOR" ? idOf("BankOperator", text) : "");
}
