import { Arg, Args, Ctx, FieldResolver, Mutation, Query, Resolver, Root } from "type-graphql";
import { signIn } from "../../identity/signIn.js";
import { signOut } from "../../identity/signOut.js";
import { menuFor } from "../../policy/menu.js";
import { changingActions } from "../../history/changesSince.js";
import { findHistory, historyCursor } from "../../history/readHistory.js";
import { PageArgs } from "../inputs/lists.js";
import { SignInInput } from "../inputs/mutations.js";
import { pageRequest } from "../inputs/pageRequest.js";
import { listCost } from "../listCost.js";
import { payload } from "../payload.js";
import type { RequestContext } from "../RequestContext.js";
import { connection, UsageRecordConnection } from "../views/connections.js";
import { ContractView, contractView } from "../views/ContractView.js";
import { MenuItemView, menuItemView } from "../views/MenuItemView.js";
import { SignInPayload, SignOutPayload } from "../views/payloads.js";
import { usageRecordView } from "../views/UsageRecordView.js";
import { UserView, userView } from "../views/UserView.js";
import { ViewerView, viewerView } from "../views/ViewerView.js";

@Resolver(() => ViewerView)
export class SessionResolver {
  @Query(() => ViewerView, { nullable: true, description: "Who is signed in; null when nobody is, and for the bank's own staff, who ask `bankViewer`." })
  viewer(@Ctx() { signedIn }: RequestContext): ViewerView | null {
    return signedIn && viewerView(signedIn);
  }

  @Mutation(() => SignInPayload, {
    nullable: true,
    description: "ログイン. Opens the ID's only session and ends the one before it. An unknown ID and a wrong password are refused alike. A client certificate that comes along must be the ID's own and active, and the session is bound to it.",
  })
  signIn(@Arg("input", { description: "Who wants in." }) input: SignInInput, @Ctx() context: RequestContext) {
    return payload(context, async () => {
      const { token, ...signedIn } = await signIn(context.desk, context.origin, context.presented, input);
      context.becomes(signedIn);
      return { sessionToken: token, viewer: viewerView(signedIn) };
    });
  }

  @Mutation(() => SignOutPayload, { nullable: true, description: "ログアウト. Ends the caller's session." })
  signOut(@Ctx() context: RequestContext) {
    return payload(context, async () => {
      await signOut(context.desk, context.actor);
      return {};
    });
  }

  @FieldResolver(() => [MenuItemView], { description: "管理機能: the items that this person may use, by the rulebook, in the manual's order, whether or not the contract is stopped (`contract.status`). Empty for everybody but a Master." })
  menu(@Ctx() { actor, language }: RequestContext): MenuItemView[] {
    return menuFor(actor).map((item) => menuItemView(item, language));
  }

  @FieldResolver(() => UsageRecordConnection, {
    complexity: listCost,
    description: "What changed since the sign-in before this one: users, their powers, certificates, whoever did it, newest first. Empty for everybody but a Master.",
  })
  async changesSinceLastSignIn(@Root() { previousSignInAt }: ViewerView, @Args() page: PageArgs, @Ctx() { desk, actor }: RequestContext) {
    const which = { action: [...changingActions], outcome: ["SUCCEEDED" as const], from: previousSignInAt ?? undefined };
    const found = await findHistory(desk, actor, which, pageRequest(page));
    return connection(UsageRecordConnection, found, (record) => usageRecordView(record, actor), historyCursor);
  }

  @FieldResolver(() => UserView, { description: "The ID that is signed in." })
  async user(@Root() viewer: ViewerView, @Ctx() { loaders }: RequestContext): Promise<UserView> {
    const facts = await loaders.user.load(viewer.userId);
    if (!facts) throw new Error("signed in as nobody");
    return userView(facts);
  }

  @FieldResolver(() => ContractView, { description: "The contract that the ID belongs to." })
  async contract(@Root() viewer: ViewerView, @Ctx() { loaders }: RequestContext): Promise<ContractView> {
    const facts = await loaders.contract.load(viewer.contractId);
    if (!facts) throw new Error("signed in for no contract");
    return contractView(facts);
  }
}
