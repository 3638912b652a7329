import { Arg, Args, Ctx, FieldResolver, Mutation, Query, Resolver, Root } from "type-graphql";
import { acknowledgeAlert } from "../../alerts/acknowledgeAlert.js";
import { findAlerts } from "../../alerts/readAlerts.js";
import { idOf } from "../globalId.js";
import { AlertsArgs } from "../inputs/lists.js";
import { AcknowledgeAlertInput } from "../inputs/mutations.js";
import { chosen, pageRequest } from "../inputs/pageRequest.js";
import { listCost } from "../listCost.js";
import { payload } from "../payload.js";
import type { RequestContext } from "../RequestContext.js";
import { AlertAcknowledgementView, AlertView, alertView } from "../views/AlertView.js";
import { CertificateView, certificateView } from "../views/CertificateView.js";
import { AlertConnection, connection } from "../views/connections.js";
import { ContractView, contractView } from "../views/ContractView.js";
import { AcknowledgeAlertPayload } from "../views/watchPayloads.js";
import { UserView, userView } from "../views/UserView.js";

@Resolver(() => AlertView)
export class AlertResolver {
  @Query(() => AlertConnection, { complexity: listCost, description: "警告一覧: what should be looked at, newest first." })
  async alerts(@Args() { filter, ...page }: AlertsArgs, @Ctx() { desk, actor }: RequestContext) {
    const { kind, contractId, userId, isAcknowledged } = filter ?? {};
    const which = {
      kind: chosen(kind),
      contractId: contractId ? idOf("Contract", contractId) : undefined,
      userId: userId ? idOf("User", userId) : undefined,
      isAcknowledged: isAcknowledged ?? undefined,
    };
    const found = await findAlerts(desk, actor, which, pageRequest(page));
    return connection(AlertConnection, found, alertView, ({ id }) => ({ key: id, id }));
  }

  @Mutation(() => AcknowledgeAlertPayload, {
    nullable: true,
    description: "警告の確認. Takes note of an alert by name, for the caller's own side: the contract's or the bank's.",
  })
  acknowledgeAlert(@Arg("input", { description: "Which." }) input: AcknowledgeAlertInput, @Ctx() context: RequestContext) {
    return payload(context, async () => {
      const { id } = await acknowledgeAlert(context.desk, context.actor, { ...input, alertId: idOf("Alert", input.alertId) });
      const facts = await context.loaders.alert.load(id);
      return { alert: facts && alertView(facts) };
    });
  }

  @FieldResolver(() => UserView, { description: "Whose certificate it is about." })
  async user(@Root() { facts }: AlertView, @Ctx() { loaders }: RequestContext): Promise<UserView> {
    const user = await loaders.user.load(facts.userId);
    if (!user) throw new Error("an alert about nobody");
    return userView(user);
  }

  @FieldResolver(() => CertificateView, { description: "Which certificate it is about." })
  async certificate(@Root() { facts }: AlertView, @Ctx() { desk, loaders }: RequestContext): Promise<CertificateView> {
    const certificate = await loaders.certificate.load(facts.certificateId);
    if (!certificate) throw new Error("an alert about no certificate");
    return certificateView(certificate, desk.clock.now());
  }

  @FieldResolver(() => ContractView, { description: "Whose contract it is about." })
  async contract(@Root() { facts }: AlertView, @Ctx() { loaders }: RequestContext): Promise<ContractView> {
    const contract = await loaders.contract.load(facts.contractId);
    if (!contract) throw new Error("an alert about no contract");
    return contractView(contract);
  }

  @FieldResolver(() => [AlertAcknowledgementView], { description: "Who has taken note of it, at most one for each side. One of before `lastAt` wants another." })
  async acknowledgements(@Root() { facts }: AlertView, @Ctx() { loaders }: RequestContext): Promise<AlertAcknowledgementView[]> {
    const known = await loaders.acknowledgements.load(facts.id);
    return known.map(({ side, byLoginId, byName, at, note }) =>
      Object.assign(new AlertAcknowledgementView(), { side, byLoginId: byLoginId === "" ? null : byLoginId, byName: byName === "" ? null : byName, at, note }));
  }
}
