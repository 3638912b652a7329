import { ArgsType, Field, ID, InputType } from "type-graphql";
import type { DayRange } from "../../calendar/readCalendar.js";
import { daysFromTo } from "../../foundation/japanTime.js";
import { LocalDate } from "../scalars.js";
import { badInput } from "./pageRequest.js";

const MOST_DAYS = 400;

@ArgsType()
export class DayRangeArgs {
  @Field(() => LocalDate, { description: "The first day." }) from!: string;
  @Field(() => LocalDate, { description: "The last day; at most 400 days in all." }) until!: string;
}

@ArgsType()
export class CalendarArgs extends DayRangeArgs {
  @Field(() => ID, { nullable: true, description: "For the bank's staff: with this contract's closed days. Without it, the bank's own calendar." })
  contractId?: string | null;
}

@InputType({ description: "A day on which the contract's own people don't work." })
export class ClosedDayInput {
  @Field({ description: "The day: YYYY-MM-DD, from 2000 to 2099." }) day!: string;
  @Field({ description: "What it is called: 1–60 characters, one line." }) name!: string;
}

@InputType({ description: "Which closed days come and which go: at most 100 changes at once, no day twice." })
export class EditClosedDaysInput {
  @Field(() => [ClosedDayInput], { defaultValue: [], description: "To be closed from now on. A day that is closed already gets the new name." })
  add!: ClosedDayInput[];

  @Field(() => [String], { defaultValue: [], description: "Open again: YYYY-MM-DD each. One that isn't closed is no error." })
  remove!: string[];

  @Field(() => String, { nullable: true, description: "A remark for the history, at most 200 characters." }) note?: string | null;

  @Field(() => String, { nullable: true, description: "登録確認用パスワード, when the bank's policy asks for it." })
  registrationPassword?: string | null;
}

@InputType({ description: "A file of holidays." })
export class LoadHolidaysInput {
  @Field({
    description:
      "The file's text, in the form of the Cabinet Office's syukujitsu.csv: a headline, then 2026/1/1,元日. Also 2026-01-01, quotes, any " +
      "line ends, no headline. At most 3,000 lines and 200 KB. The holidays of each year that it names are replaced, those of other years stay.",
  })
  csv!: string;

  @Field({
    defaultValue: true,
    description:
      "Adds 12/31, 1/2 and 1/3, on which every bank is closed and which the Cabinet Office's file doesn't name, to each year of the file.",
  })
  closesYearEnd!: boolean;
}

/** The days from the first to the last, or BAD_USER_INPUT. */
export function dayRange({ from, until }: DayRangeArgs): DayRange {
  const days = daysFromTo(from, until);
  if (days < 1 || days > MOST_DAYS) throw badInput(`from, until: from 1 to ${String(MOST_DAYS)} days, not ${String(days)}`);
  return { from, until };
}

/** What a calendar costs: each of its days as much as what is asked of a day. */
export function calendarCost({ args, childComplexity }: { args: Partial<DayRangeArgs>; childComplexity: number }): number {
  const days = args.from && args.until ? Math.min(Math.max(daysFromTo(args.from, args.until), 1), MOST_DAYS) : MOST_DAYS;
  return 1 + days * childComplexity;
}
