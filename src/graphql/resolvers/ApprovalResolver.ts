import { Arg, Args, Ctx, FieldResolver, Mutation, Query, Resolver, Root } from "type-graphql";
import { approveRequest } from "../../desk/approveRequest.js";
import { findRequests } from "../../desk/readRequests.js";
import { rejectRequest } from "../../desk/rejectRequest.js";
import { requestReissue } from "../../desk/requestReissue.js";
import { requestStart } from "../../desk/requestStart.js";
import { requestUnlock } from "../../desk/requestUnlock.js";
import { withdrawRequest } from "../../desk/withdrawRequest.js";
import { whyNot } from "../../policy/authorize.js";
import { idOf } from "../globalId.js";
import {
  ApprovalRequestsArgs, ApproveRequestInput, RejectRequestInput, RequestReissueInput, RequestStartInput, RequestUnlockInput, WithdrawRequestInput,
} from "../inputs/desk.js";
import { chosen, pageRequest } from "../inputs/pageRequest.js";
import { listCost } from "../listCost.js";
import { payload } from "../payload.js";
import type { RequestContext } from "../RequestContext.js";
import { ApprovalRequestView, approvalRequestView, reloadedRequest } from "../views/ApprovalRequestView.js";
import { BankOperatorView, bankOperatorView } from "../views/BankOperatorView.js";
import { CertificateView, certificateView } from "../views/CertificateView.js";
import { ApprovalRequestConnection, connection } from "../views/connections.js";
import { ContractView, contractView } from "../views/ContractView.js";
import {
  ApproveRequestPayload, RejectRequestPayload, RequestReissuePayload, RequestStartPayload, RequestUnlockPayload, WithdrawRequestPayload,
} from "../views/deskPayloads.js";
import { UserView, userView } from "../views/UserView.js";

@Resolver(() => ApprovalRequestView)
export class ApprovalResolver {
  @Query(() => ApprovalRequestConnection, { complexity: listCost, description: "承認依頼の一覧: the requests of the caller's bank, newest first." })
  async approvalRequests(@Args() { filter, ...page }: ApprovalRequestsArgs, @Ctx() { desk, actor }: RequestContext) {
    const found = await findRequests(desk, actor, { status: chosen(filter?.status) }, pageRequest(page));
    return connection(ApprovalRequestConnection, found, approvalRequestView, ({ id }) => ({ key: id, id }));
  }

  @Mutation(() => RequestReissuePayload, {
    nullable: true,
    description: "再発行の承認依頼. Asks a colleague to have a Master's certificate reissued; nothing is changed yet. A Public ID's is its Master's to do.",
  })
  requestReissue(@Arg("input", { description: "Whose, and why." }) input: RequestReissueInput, @Ctx() context: RequestContext) {
    return payload(context, async () => answer(context, await requestReissue(context.desk, context.actor, { ...input, userId: idOf("User", input.userId) })));
  }

  @Mutation(() => RequestUnlockPayload, {
    nullable: true,
    description: "IDロック解除の承認依頼. Asks a colleague to unlock one of a Master's passwords; nothing is changed yet. A Public ID's is its Master's to do.",
  })
  requestUnlock(@Arg("input", { description: "Whose, and which." }) input: RequestUnlockInput, @Ctx() context: RequestContext) {
    return payload(context, async () => answer(context, await requestUnlock(context.desk, context.actor, { ...input, userId: idOf("User", input.userId) })));
  }

  @Mutation(() => RequestStartPayload, {
    nullable: true,
    description: "取引再開の承認依頼. Asks a colleague to start a stopped contract again; nothing is changed yet.",
  })
  requestStart(@Arg("input", { description: "Which." }) input: RequestStartInput, @Ctx() context: RequestContext) {
    return payload(context, async () => answer(context, await requestStart(context.desk, context.actor, { ...input, contractId: idOf("Contract", input.contractId) })));
  }

  @Mutation(() => ApproveRequestPayload, {
    nullable: true,
    description: "承認. Approves a colleague's request and does what it asks for, in one piece. In time, and while its target is as it was.",
  })
  approveRequest(@Arg("input", { description: "Which." }) input: ApproveRequestInput, @Ctx() context: RequestContext) {
    return payload(context, async () => {
      const { request, enrollmentCode } = await approveRequest(context.desk, context.actor, decisionOn(input));
      return { ...(await answer(context, request)), enrollmentCode };
    });
  }

  @Mutation(() => RejectRequestPayload, {
    nullable: true,
    description: "却下. Rejects a colleague's request; everything stays as it was.",
  })
  rejectRequest(@Arg("input", { description: "Which." }) input: RejectRequestInput, @Ctx() context: RequestContext) {
    return payload(context, async () => answer(context, await rejectRequest(context.desk, context.actor, decisionOn(input))));
  }

  @Mutation(() => WithdrawRequestPayload, {
    nullable: true,
    description: "取下げ. Withdraws the caller's own request; everything stays as it was.",
  })
  withdrawRequest(@Arg("input", { description: "Which." }) input: WithdrawRequestInput, @Ctx() context: RequestContext) {
    return payload(context, async () => answer(context, await withdrawRequest(context.desk, context.actor, decisionOn(input))));
  }

  @FieldResolver(() => ContractView, { description: "The contract that it is about." })
  async contract(@Root() { facts }: ApprovalRequestView, @Ctx() { loaders }: RequestContext): Promise<ContractView> {
    const contract = await loaders.contract.load(facts.contractId);
    if (!contract) throw new Error("a request about a contract that can't be read");
    return contractView(contract);
  }

  @FieldResolver(() => UserView, { nullable: true, description: "The Master that it is about. Null where it is the contract itself." })
  async user(@Root() { facts }: ApprovalRequestView, @Ctx() { loaders }: RequestContext): Promise<UserView | null> {
    const user = facts.userId === null ? null : await loaders.user.load(facts.userId);
    return user && userView(user);
  }

  @FieldResolver(() => BankOperatorView, { description: "Who requested it." })
  async requestedBy(@Root() { facts }: ApprovalRequestView, @Ctx() { loaders }: RequestContext): Promise<BankOperatorView> {
    const operator = await loaders.operator.load(facts.requestedBy);
    if (!operator) throw new Error("a request by nobody");
    return bankOperatorView(operator);
  }

  @FieldResolver(() => BankOperatorView, { nullable: true, description: "Who approved, rejected or withdrew it. Null where nobody did." })
  async decidedBy(@Root() { facts }: ApprovalRequestView, @Ctx() { loaders }: RequestContext): Promise<BankOperatorView | null> {
    const operator = facts.decidedBy === null ? null : await loaders.operator.load(facts.decidedBy);
    return operator && bankOperatorView(operator);
  }

  @FieldResolver(() => CertificateView, { nullable: true, description: "The certificate that an approved reissue opened. Null before that, and for every other act." })
  async certificate(@Root() { facts }: ApprovalRequestView, @Ctx() { desk, loaders }: RequestContext): Promise<CertificateView | null> {
    const certificate = facts.certificateId === null ? null : await loaders.certificate.load(facts.certificateId);
    return certificate && certificateView(certificate, desk.clock.now());
  }

  @FieldResolver(() => Boolean, { description: "Whether the caller may approve or reject it: a colleague's, and still open." })
  viewerCanDecide(@Root() { facts }: ApprovalRequestView, @Ctx() { actor }: RequestContext): boolean {
    const requester = facts.requestedBy === actor.userId ? "SELF" : "COLLEAGUE";
    return facts.status === "OPEN" && whyNot(actor, "decide", "ApprovalRequest", { bankId: facts.bankId, requester }) === undefined;
  }
}

function decisionOn(input: ApproveRequestInput) {
  return { ...input, requestId: idOf("ApprovalRequest", input.requestId) };
}

async function answer(context: RequestContext, { id }: { id: string }) {
  return { request: await reloadedRequest(context, id) };
}
