import { Arg, Args, Ctx, FieldResolver, Mutation, Query, Resolver, Root } from "type-graphql";
import { editClosedDays } from "../../calendar/editClosedDays.js";
import { loadHolidays } from "../../calendar/loadHolidays.js";
import { findCalendar } from "../../calendar/readCalendar.js";
import { idOf } from "../globalId.js";
import { CalendarArgs, calendarCost, dayRange, DayRangeArgs, EditClosedDaysInput, LoadHolidaysInput } from "../inputs/calendar.js";
import { payload } from "../payload.js";
import type { RequestContext } from "../RequestContext.js";
import { LocalDate } from "../scalars.js";
import { calendarView, CalendarView, EditClosedDaysPayload, LoadHolidaysPayload } from "../views/CalendarView.js";
import { CertificateView } from "../views/CertificateView.js";

@Resolver(() => EditClosedDaysPayload)
export class CalendarResolver {
  @Query(() => CalendarView, {
    nullable: true,
    complexity: calendarCost,
    description: "カレンダー: which days are business days. Its own bank's with its own contract's closed days; for the bank's staff its bank's, or any contract's of it. Null for a contract that is unknown or not the caller's to see.",
  })
  calendar(@Args() { contractId = null, ...range }: CalendarArgs, @Ctx() context: RequestContext): Promise<CalendarView | null> {
    return shown(context, contractId === null ? null : idOf("Contract", contractId), range);
  }

  @Mutation(() => EditClosedDaysPayload, {
    nullable: true,
    description: "カレンダー管理. Adds and removes closed days of the caller's own contract, all of them or none.",
  })
  editClosedDays(@Arg("input", { description: "Which come and which go." }) input: EditClosedDaysInput, @Ctx() context: RequestContext) {
    return payload(context, async () => {
      await editClosedDays(context.desk, context.actor, input);
      return {};
    });
  }

  @FieldResolver(() => CalendarView, { name: "calendar", nullable: true, complexity: calendarCost, description: "The contract's calendar as it stands now. Null when it was refused." })
  calendarAfter(@Root() { userErrors }: EditClosedDaysPayload, @Args() range: DayRangeArgs, @Ctx() context: RequestContext): Promise<CalendarView | null> {
    return userErrors.length > 0 ? Promise.resolve(null) : shown(context, null, range);
  }

  @Mutation(() => LoadHolidaysPayload, {
    nullable: true,
    description: "金庫の休日の登録. Loads the holidays of the caller's bank from a file, each year that it names whole.",
  })
  loadHolidays(@Arg("input", { description: "The file." }) input: LoadHolidaysInput, @Ctx() context: RequestContext) {
    return payload(context, () => loadHolidays(context.desk, context.actor, input));
  }
}

@Resolver(() => CertificateView)
export class CertificateCalendarResolver {
  @FieldResolver(() => LocalDate, {
    nullable: true,
    description:
      "実効最終日: the last business day that the certificate leaves whole. While it is PENDING, to acquire it before 取得期限; while ACTIVE, to have " +
      "it renewed before 有効期限. By the bank's holidays and the contract's closed days, today included. A deadline at 8:59 leaves the day before. " +
      "Null otherwise, also where no business day is left, and where the bank hasn't loaded that year's holidays: then nobody knows.",
  })
  lastDayToAct(@Root() { status, enrollmentDeadline, notAfter, facts }: CertificateView, @Ctx() { loaders }: RequestContext): Promise<string | null> {
    const at = status === "PENDING" ? enrollmentDeadline : status === "ACTIVE" ? notAfter : null;
    return at ? loaders.lastDayToAct.load({ contractId: facts.contractId, at }) : Promise.resolve(null);
  }
}

async function shown({ desk, actor }: RequestContext, contractId: string | null, args: DayRangeArgs): Promise<CalendarView | null> {
  const range = dayRange(args);
  const calendar = await findCalendar(desk, actor, contractId, range);
  return calendar && calendarView(calendar, range);
}
