import { GraphQLError } from "graphql";
import { Args, Ctx, Query, Resolver } from "type-graphql";
import { findHistory } from "../../history/readHistory.js";
import { whyNever } from "../../policy/authorize.js";
import { idOf } from "../globalId.js";
import { UsageHistoryArgs } from "../inputs/lists.js";
import { pageRequest } from "../inputs/pageRequest.js";
import { listCost } from "../listCost.js";
import type { RequestContext } from "../RequestContext.js";
import { UsageRecordConnection, connection } from "../views/connections.js";
import { usageRecordView } from "../views/UsageRecordView.js";
import { wording } from "../wording.js";

@Resolver()
export class HistoryResolver {
  @Query(() => UsageRecordConnection, { complexity: listCost, description: "利用履歴照会: every attempt in the caller's contract, newest first. Only the Master may ask." })
  async usageHistory(@Args() { filter, ...page }: UsageHistoryArgs, @Ctx() { desk, actor, language }: RequestContext) {
    const refusal = whyNever(actor, "read", "UsageRecord");
    if (refusal) throw new GraphQLError(wording[refusal][language].message, { extensions: { code: refusal } });

    const { actorId, targetUserId, action, outcome, from, until } = filter ?? {};
    const chosen = {
      actorId: actorId ? idOf("User", actorId) : undefined,
      targetUserId: targetUserId ? idOf("User", targetUserId) : undefined,
      action: action ?? undefined,
      outcome: outcome ?? undefined,
      from: from ?? undefined,
      until: until ?? undefined,
    };
    const found = await findHistory(desk, actor, chosen, pageRequest(page));
    return connection(UsageRecordConnection, found, usageRecordView, ({ id }) => ({ key: id, id }));
  }
}
