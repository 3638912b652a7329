import { Arg, Args, Ctx, FieldResolver, Int, Mutation, Query, Resolver, Root } from "type-graphql";
import { findNotices } from "../../desk/readNotices.js";
import { resendNotice } from "../../desk/resendNotice.js";
import { verifyBank } from "../../desk/verifyBank.js";
import { idOf } from "../globalId.js";
import { NoticesArgs } from "../inputs/lists.js";
import { ResendNoticeInput } from "../inputs/mutations.js";
import { badInput, chosen, pageRequest } from "../inputs/pageRequest.js";
import { listCost } from "../listCost.js";
import { payload } from "../payload.js";
import type { RequestContext } from "../RequestContext.js";
import { connection, NoticeConnection } from "../views/connections.js";
import { NoticeView, noticeView } from "../views/NoticeView.js";
import { UserView, userView } from "../views/UserView.js";
import { HistoryVerificationView, ResendNoticePayload } from "../views/watchPayloads.js";

/** What the bank's staff keeps an eye on: that mails arrive, that the history is whole. */
@Resolver(() => NoticeView)
export class WatchResolver {
  @Query(() => NoticeConnection, { complexity: listCost, description: "お知らせメール一覧: the bank's mails, newest first." })
  async notices(@Args() { filter, ...page }: NoticesArgs, @Ctx() { desk, actor }: RequestContext) {
    const which = { state: chosen(filter?.state), recipientId: filter?.recipientId ? idOf("User", filter.recipientId) : undefined };
    const found = await findNotices(desk, actor, which, pageRequest(page));
    return connection(NoticeConnection, found, noticeView, ({ id }) => ({ key: id, id }));
  }

  @Mutation(() => ResendNoticePayload, { nullable: true, description: "再送. A mail that was given up is sent again, to the address that it was written to." })
  resendNotice(@Arg("input", { description: "Which." }) input: ResendNoticeInput, @Ctx() context: RequestContext) {
    return payload(context, async () => {
      const { id } = await resendNotice(context.desk, context.actor, { ...input, noticeId: idOf("Notice", input.noticeId) });
      const facts = await context.loaders.notice.load(id);
      return { notice: facts && noticeView(facts) };
    });
  }

  @Query(() => HistoryVerificationView, {
    nullable: true,
    complexity: 1_000, // ten thousand entries are read
    description: "Holds the bank's history against its seals and checkpoints, the last ten thousand entries where no range is said. Null where it isn't the caller's to see. The whole of it: npm run verify-history.",
  })
  async historyVerification(
    @Arg("from", () => Int, { nullable: true, description: "The first number, from 1." }) from: number | null,
    @Arg("until", () => Int, { nullable: true, description: "The last number." }) until: number | null,
    @Ctx() { desk, actor }: RequestContext,
  ): Promise<HistoryVerificationView | null> {
    if ((from ?? 1) < 1 || (until ?? 1) < 1 || (until !== null && (from ?? 1) > until)) throw badInput("from, until: numbers from 1, the first one not behind the last");
    const verdict = await verifyBank(desk, actor, { from, until });
    if (!verdict) return null;
    const { wrong, size, verified, checkpoints } = verdict;
    return Object.assign(new HistoryVerificationView(), {
      isWhole: wrong === null, size, verified, checkpoints, verifiedAt: desk.clock.now(),
      fault: wrong?.fault ?? null, firstWrongNumber: wrong?.number ?? null, firstWrongRecordId: wrong?.recordId ?? null, why: wrong?.why ?? null,
    });
  }

  @FieldResolver(() => UserView, { description: "Whom it goes to." })
  async recipient(@Root() { facts }: NoticeView, @Ctx() { loaders }: RequestContext): Promise<UserView> {
    const user = await loaders.user.load(facts.recipientId);
    if (!user) throw new Error("a notice to nobody");
    return userView(user);
  }

  @FieldResolver(() => UserView, { description: "Whom it is about." })
  async user(@Root() { facts }: NoticeView, @Ctx() { loaders }: RequestContext): Promise<UserView> {
    const user = await loaders.user.load(facts.userId);
    if (!user) throw new Error("a notice about nobody");
    return userView(user);
  }
}
