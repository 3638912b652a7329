import { Arg, Args, Ctx, FieldResolver, ID, Query, Resolver, Root } from "type-graphql";
import { findCertificates } from "../../certificates/readCertificates.js";
import type { RefusalCode } from "../../foundation/refusals.js";
import { whyNot } from "../../policy/authorize.js";
import { findUsers } from "../../users/readUsers.js";
import { RefusalCodeEnum } from "../enums.js";
import { idOf } from "../globalId.js";
import { PageArgs, UsersArgs } from "../inputs/lists.js";
import { chosen, pageRequest, searchText } from "../inputs/pageRequest.js";
import { listCost } from "../listCost.js";
import type { RequestContext } from "../RequestContext.js";
import { certificateView } from "../views/CertificateView.js";
import { CompanyView, companyView } from "../views/CompanyView.js";
import { CertificateConnection, UserConnection, connection } from "../views/connections.js";
import { ContractView, contractView } from "../views/ContractView.js";
import { UserPasswordView } from "../views/UserPasswordView.js";
import { UserPowersView, userPowersView } from "../views/UserPowersView.js";
import { UserView, userView } from "../views/UserView.js";

@Resolver(() => UserView)
export class UserResolver {
  @Query(() => UserView, {
    nullable: true,
    description: "One ID; null for what is unknown or not the caller's to see.",
  })
  async user(@Arg("id", () => ID, { description: "The user's id." }) id: string, @Ctx() { loaders }: RequestContext): Promise<UserView | null> {
    const facts = await loaders.user.load(idOf("User", id));
    return facts && userView(facts);
  }

  @Query(() => UserConnection, { complexity: listCost, description: "利用者選択: the IDs that the caller may see." })
  async users(@Args() { filter, orderBy, ...page }: UsersArgs, @Ctx() { desk, actor }: RequestContext) {
    const which = {
      status: chosen(filter?.status),
      kind: filter?.kind ?? undefined,
      certificateStatus: chosen(filter?.certificateStatus),
      contractId: filter?.contractId ? idOf("Contract", filter.contractId) : undefined,
      text: searchText(filter?.text),
    };
    const order = orderBy ?? { field: "LOGIN_ID", direction: "ASC" };
    const found = await findUsers(desk, actor, which, order, pageRequest(page));
    return connection(UserConnection, found, userView, ({ id, loginId }) => ({ key: order.field === "LOGIN_ID" ? loginId : id, id }));
  }

  @Query(() => UserPowersView, {
    nullable: true,
    description: "What a payment system asks before it lets an ID approve or transfer; null for what is unknown or not the caller's to see.",
  })
  async userPowers(@Arg("userId", () => ID, { description: "The user's id." }) userId: string, @Ctx() { loaders }: RequestContext): Promise<UserPowersView | null> {
    const powers = await loaders.powers.load(idOf("User", userId));
    return powers && userPowersView(powers);
  }

  @FieldResolver(() => ContractView, { description: "契約先: the contract that the ID belongs to." })
  async contract(@Root() { facts }: UserView, @Ctx() { loaders }: RequestContext): Promise<ContractView> {
    const contract = await loaders.contract.load(facts.contractId);
    if (!contract) throw new Error("a user whose contract can't be read");
    return contractView(contract);
  }

  @FieldResolver(() => CertificateConnection, { complexity: listCost, description: "Every certificate the user ever had, newest first." })
  async certificates(@Root() { facts }: UserView, @Args() page: PageArgs, @Ctx() { desk, actor }: RequestContext) {
    const found = await findCertificates(desk, actor, { userId: facts.id }, "DESC", pageRequest(page));
    const now = desk.clock.now();
    return connection(CertificateConnection, found, (row) => certificateView(row, now), ({ id }) => ({ key: id, id }));
  }

  @FieldResolver(() => [CompanyView], { description: "利用企業: the companies the user may act for." })
  async companies(@Root() { facts }: UserView, @Ctx() { loaders }: RequestContext): Promise<CompanyView[]> {
    return (await loaders.companies.load(facts.id)).map(companyView);
  }

  @FieldResolver(() => [UserPasswordView], { description: "How the ID's passwords stand, in the form's order." })
  passwords(@Root() { facts }: UserView, @Ctx() { loaders }: RequestContext): Promise<UserPasswordView[]> {
    return loaders.passwords.load(facts.id);
  }

  @FieldResolver(() => UserPowersView, { description: "What the ID may do with money at this moment." })
  async powers(@Root() { facts }: UserView, @Ctx() { loaders }: RequestContext): Promise<UserPowersView> {
    const powers = await loaders.powers.load(facts.id);
    if (!powers) throw new Error("a user whose powers can't be read");
    return userPowersView(powers);
  }

  @FieldResolver(() => Boolean, { description: "パスワード設定変更: 強制変更あり. The passwords must be changed at the next sign-in." })
  async forcePasswordChange(@Root() { facts }: UserView, @Ctx() { loaders }: RequestContext): Promise<boolean> {
    return (await loaders.passwords.load(facts.id)).some(({ due }) => due === "FORCED");
  }

  @FieldResolver(() => Boolean, { description: "Whether the caller may have this user's certificate reissued, by the mutation's own rule." })
  async viewerCanReissueCertificate(@Root() user: UserView, @Ctx() context: RequestContext): Promise<boolean> {
    return (await whyNotReissue(user, context)).length === 0;
  }

  @FieldResolver(() => [RefusalCodeEnum], { description: "Why not: the very codes that the mutation would give. Empty when it may." })
  viewerCannotReissueCertificateReasons(@Root() user: UserView, @Ctx() context: RequestContext): Promise<RefusalCode[]> {
    return whyNotReissue(user, context);
  }
}

/** In the order in which the mutation would come upon it. */
async function whyNotReissue({ facts }: UserView, { actor, loaders }: RequestContext): Promise<RefusalCode[]> {
  const { id: holderId, kind: holderKind, contractId, bankId, status, whyNoCode } = facts;
  const own = actor.contractId === null ? null : await loaders.contract.load(actor.contractId);
  if (own?.stoppedAt) return ["CONTRACT_STOPPED"];
  const code = whyNot(actor, "reissue", "Certificate", { holderId, holderKind, contractId, bankId });
  if (code) return [code];
  if (status === "DEREGISTERED") return ["ID_DEREGISTERED"];
  return whyNoCode === null ? [] : [whyNoCode];
}
