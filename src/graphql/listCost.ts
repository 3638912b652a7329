import { DEFAULT_PAGE, LONGEST_PAGE } from "./inputs/pageRequest.js";

/** What a page costs: each of its rows as much as what is asked of a row. */
export function listCost({ args, childComplexity }: { args: { first?: number | null }; childComplexity: number }): number {
  const rows = Math.min(Math.max(args.first ?? DEFAULT_PAGE, 1), LONGEST_PAGE);
  return 1 + rows * childComplexity;
}
