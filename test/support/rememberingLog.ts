import type { Log } from "../../src/foundation/desk.js";

/** A log that keeps what was said in it. */
export function rememberingLog(): { log: Log; said: { level: keyof Log; facts: object; message: string }[] } {
  const said: { level: keyof Log; facts: object; message: string }[] = [];
  const keep = (level: keyof Log) => (facts: object, message: string) => void said.push({ level, facts, message });
  return { log: { info: keep("info"), warn: keep("warn"), error: keep("error") }, said };
}
