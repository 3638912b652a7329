import { CsvError, parse, type Info } from "csv-parse/sync";
import { isDay } from "../foundation/japanTime.js";
import { Refusal } from "../foundation/refusals.js";
import { isStorable } from "../foundation/text.js";

export interface Holiday {
  /** YYYY-MM-DD, in Japan. */
  day: string;
  name: string;
}

const LONGEST_FILE = 200_000; // bytes
const LONGEST_LINE = 1_000; // bytes
const MOST_LINES = 3_000;
const LONGEST_NAME = 60;
const path = ["csv"];

/**
 * The holidays of a file in the Cabinet Office's form (内閣府 syukujitsu.csv): a headline, then 2026/1/1,元日. Also
 * 2026-01-01, quotes, any line ends, a byte order mark, no headline. Refuses with CALENDAR_MALFORMED and the line for what
 * is no day and name, and for a day that comes twice; TEXT_TOO_LONG for a file of more than 200 KB, VALUE_REQUIRED for
 * one without a day.
 */
export function readHolidayFile(csv: string): Holiday[] {
  if (Buffer.byteLength(csv) > LONGEST_FILE) throw new Refusal("TEXT_TOO_LONG", { path, facts: { most: LONGEST_FILE } });
  const names = new Map<string, string>();
  recordsOf(csv).forEach(({ record, info: { lines: line } }, index) => {
    if (line > MOST_LINES) throw malformed(MOST_LINES + 1);
    if (isBlank(record) || (index === 0 && isHeadline(record))) return;
    const holiday = holidayIn(record);
    if (!holiday || names.has(holiday.day)) throw malformed(line);
    names.set(holiday.day, holiday.name);
  });
  if (names.size === 0) throw new Refusal("VALUE_REQUIRED", { path });
  return Array.from(names, ([day, name]) => ({ day, name }));
}

interface CsvRecord {
  record: string[];
  /** Its `lines` is the line on which the record ends. */
  info: Info;
}

function recordsOf(csv: string): CsvRecord[] {
  try {
    return parse(csv, {
      bom: true, info: true, relax_column_count: true, max_record_size: LONGEST_LINE, record_delimiter: ["\r\n", "\n", "\r"],
    }) as unknown as CsvRecord[]; // its types know nothing of what `info` makes of a record
  } catch (error) {
    if (!(error instanceof CsvError)) throw error;
    throw malformed(Number(error.lines));
  }
}

function isBlank(record: readonly string[]): boolean {
  return record.length === 1 && record[0]?.trim() === "";
}

/** 国民の祝日・休日月日: no digit in any width, or a first day that was typed in full width would be lost unseen. */
function isHeadline([first = "", ...more]: readonly string[]): boolean {
  return more.length === 1 && !/\d/.test(first.normalize("NFKC"));
}

function holidayIn([date = "", name = "", ...more]: readonly string[]): Holiday | undefined {
  const [, year = "", , month = "", dayOfMonth = ""] = /^(\d{4})([/-])(\d{1,2})\2(\d{1,2})$/.exec(date.trim()) ?? [];
  const day = `${year}-${month.padStart(2, "0")}-${dayOfMonth.padStart(2, "0")}`;
  const isDayOfOurs = isDay(day) && day >= "1900-01-01" && day <= "2099-12-31";
  return more.length === 0 && isDayOfOurs && isName(name.trim()) ? { day, name: name.trim() } : undefined;
}

function isName(name: string): boolean {
  // U+FFFD: the file was read in another encoding than it was written in (the Cabinet Office's is Shift_JIS).
  return name !== "" && Array.from(name).length <= LONGEST_NAME && isStorable(name) && !/[\n\r\uFFFD]/.test(name);
}

function malformed(line: number): Refusal {
  return new Refusal("CALENDAR_MALFORMED", { path, facts: { line } });
}
