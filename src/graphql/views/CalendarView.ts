import { Field, Int, ObjectType } from "type-graphql";
import { calendarDay, type Calendar, type CalendarDay } from "../../calendar/businessDays.js";
import type { DayRange } from "../../calendar/readCalendar.js";
import { daysAfter, daysFromTo, yearOf } from "../../foundation/japanTime.js";
import { LocalDate } from "../scalars.js";
import { UserErrorView } from "./payloads.js";

@ObjectType("CalendarDay", { simpleResolvers: true, description: "A day in Japan, as bank and contract have it." })
export class CalendarDayView implements CalendarDay {
  @Field(() => LocalDate, { description: "The day." }) date!: string;
  @Field(() => Boolean, {
    nullable: true,
    description: "営業日: neither Saturday nor Sunday, no holiday of the bank's, no closed day of the contract's. Null where nobody knows: a weekday of a year whose holidays the bank hasn't loaded.",
  })
  isBusinessDay!: boolean | null;
  @Field({ description: "Saturday or Sunday." }) isWeekend!: boolean;
  @Field(() => String, { nullable: true, description: "金庫の休日: what the bank's holiday is called; null when it is none." }) bankHoliday!: string | null;
  @Field(() => String, { nullable: true, description: "契約先の休業日: what the contract calls its closed day; null when it is none." }) closedDay!: string | null;
}

@ObjectType("CalendarYear", { simpleResolvers: true, description: "What is known of a year." })
export class CalendarYearView {
  @Field(() => Int, { description: "The year." }) year!: number;
  @Field({ description: "Whether the bank has loaded its holidays. Where not, its weekdays may be business days or not." }) isKnown!: boolean;
}

@ObjectType("Calendar", { simpleResolvers: true, description: "カレンダー: the bank's business days, with the contract's own closed days." })
export class CalendarView {
  @Field(() => [CalendarDayView], { description: "Each day that was asked for, in order." }) days!: CalendarDayView[];
  @Field(() => [CalendarYearView], { description: "The years in which these days lie." }) years!: CalendarYearView[];
}

export function calendarView(calendar: Calendar, { from, until }: DayRange): CalendarView {
  const days = Array.from({ length: daysFromTo(from, until) }, (_, index) => calendarDay(calendar, daysAfter(from, index)));
  const years = [...new Set(days.map(({ date }) => yearOf(date)))].map((year) => ({ year, isKnown: calendar.knownYears.has(year) }));
  return { days, years };
}

const refused = { description: "Why it was refused; empty when it was done." };

@ObjectType({ description: "What came of an edit of the closed days. When refused, all but `userErrors` is null." })
export class EditClosedDaysPayload {
  @Field(() => [UserErrorView], refused) userErrors!: UserErrorView[];
}

@ObjectType({ simpleResolvers: true, description: "What came of loading holidays. When refused, all but `userErrors` is null." })
export class LoadHolidaysPayload {
  @Field(() => Int, { nullable: true, description: "How many holidays the file's years have now, the turns of the year included." }) days?: number | null;
  @Field(() => LocalDate, { nullable: true, description: "The first of them." }) firstDay?: string | null;
  @Field(() => LocalDate, { nullable: true, description: "The last of them." }) lastDay?: string | null;
  @Field(() => [UserErrorView], refused) userErrors!: UserErrorView[];
}
