import { Arg, Ctx, ID, Query, Resolver } from "type-graphql";
import { Unauthenticated } from "../../foundation/refusals.js";
import { recordsByIds } from "../../history/readHistory.js";
import { idOf, kindOf, type NodeKind } from "../globalId.js";
import type { RequestContext } from "../RequestContext.js";
import { alertView } from "../views/AlertView.js";
import { approvalRequestView } from "../views/ApprovalRequestView.js";
import { bankOperatorView } from "../views/BankOperatorView.js";
import { certificateView } from "../views/CertificateView.js";
import { companyView } from "../views/CompanyView.js";
import { contractView } from "../views/ContractView.js";
import { NodeView } from "../views/NodeView.js";
import { noticeView } from "../views/NoticeView.js";
import { usageRecordView } from "../views/UsageRecordView.js";
import { userView } from "../views/UserView.js";

@Resolver()
export class NodeResolver {
  @Query(() => NodeView, { nullable: true, description: "Anything by its id; null for what is unknown or not the caller's to see." })
  async node(@Arg("id", () => ID, { description: "A global id." }) id: string, @Ctx() context: RequestContext): Promise<NodeView | null> {
    if (!context.signedIn) throw new Unauthenticated("NOBODY");
    const kind = kindOf(id);
    return kind ? fetchers[kind](context, idOf(kind, id)) : null;
  }
}

const fetchers: Record<NodeKind, (context: RequestContext, id: string) => Promise<NodeView | null>> = {
  User: async ({ loaders }, id) => {
    const facts = await loaders.user.load(id);
    return facts && userView(facts);
  },
  Certificate: async ({ loaders, desk }, id) => {
    const facts = await loaders.certificate.load(id);
    return facts && certificateView(facts, desk.clock.now());
  },
  Contract: async ({ loaders }, id) => {
    const facts = await loaders.contract.load(id);
    return facts && contractView(facts);
  },
  Company: async ({ loaders }, id) => {
    const facts = await loaders.company.load(id);
    return facts && companyView(facts);
  },
  UsageRecord: async ({ desk, actor }, id) => {
    const [record] = await recordsByIds(desk, actor, [id]);
    return record ? usageRecordView(record, actor) : null;
  },
  Alert: async ({ loaders }, id) => {
    const facts = await loaders.alert.load(id);
    return facts && alertView(facts);
  },
  Notice: async ({ loaders }, id) => {
    const facts = await loaders.notice.load(id);
    return facts && noticeView(facts);
  },
  BankOperator: async ({ loaders }, id) => {
    const facts = await loaders.operator.load(id);
    return facts && bankOperatorView(facts);
  },
  ApprovalRequest: async ({ loaders }, id) => {
    const facts = await loaders.approvalRequest.load(id);
    return facts && approvalRequestView(facts);
  },
};
