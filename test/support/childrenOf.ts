import { readFileSync } from "node:fs";

/** The processes that this one started and that live. Linux tells it. */
export function childrenOf(pid = 0): number[] {
  return readFileSync(`/proc/${String(pid)}/task/${String(pid)}/children`, "utf8").split(" ").filter((one) => one.trim() !== "").map(Number);
}
