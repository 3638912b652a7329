import { Arg, Ctx, Mutation, Query, Resolver } from "type-graphql";
import type { OperatorFacts } from "../../desk/readOperators.js";
import { signInOperator } from "../../identity/signInOperator.js";
import { SignInOperatorInput } from "../inputs/desk.js";
import { payload } from "../payload.js";
import type { RequestContext } from "../RequestContext.js";
import { BankViewerView, bankViewerView } from "../views/BankViewerView.js";
import { SignInOperatorPayload } from "../views/deskPayloads.js";

@Resolver()
export class DeskResolver {
  @Query(() => BankViewerView, { nullable: true, description: "Who of the bank's own staff is signed in; null for customers and where nobody is." })
  async bankViewer(@Ctx() context: RequestContext): Promise<BankViewerView | null> {
    const { signedIn } = context;
    return signedIn?.actor.role === "BANK_OPERATOR" ? bankViewerView(signedIn, await itself(context)) : null;
  }

  @Mutation(() => SignInOperatorPayload, {
    nullable: true,
    description: "金庫職員のログイン. Opens the operator's only session and ends the one before it. An unknown ID and a wrong password are refused alike; a customer's ID is an unknown one. A first password is changed along with it (`newPassword`).",
  })
  signInOperator(@Arg("input", { description: "Who wants in." }) input: SignInOperatorInput, @Ctx() context: RequestContext) {
    return payload(context, async () => {
      const { token, ...signedIn } = await signInOperator(context.desk, context.origin, context.presented, {
        ...input,
        newPassword: input.newPassword ? { password: input.newPassword, confirmation: input.newPasswordConfirmation ?? null } : null,
      });
      context.becomes({ ...signedIn, passwordsDue: null });
      return { sessionToken: token, bankViewer: bankViewerView(signedIn, await itself(context)) };
    });
  }
}

async function itself({ actor, loaders }: RequestContext): Promise<OperatorFacts> {
  const facts = await loaders.operator.load(actor.userId);
  if (!facts) throw new Error("signed in as nobody");
  return facts;
}
