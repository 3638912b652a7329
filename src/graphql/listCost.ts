import { RequestRefusal } from "../foundation/requestRefusals.js";
import { DEFAULT_PAGE } from "./inputs/pageRequest.js";
import { MOST } from "./limitTable.js";
import { asGraphqlError } from "./presentable.js";

/** What a page costs: each of its rows as much as what is asked of a row. A page too long is refused here, before a deed is done beside it. */
export function listCost({ args, childComplexity }: { args: { first?: number | null }; childComplexity: number }): number {
  const rows = args.first ?? DEFAULT_PAGE;
  if (rows > MOST.PAGE_TOO_LONG) throw asGraphqlError(new RequestRefusal("PAGE_TOO_LONG", { limit: MOST.PAGE_TOO_LONG, actual: rows }));
  return 1 + Math.max(rows, 1) * childComplexity;
}
