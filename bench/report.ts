import { isMet, type Figure } from "./Figure.js";
import { OURS } from "./ours.js";

/** How a figure with a target is called: the same in every run. */
export function nameOf({ name, engine, contender, target }: Figure): string {
  const against = target?.atMost === undefined || contender.startsWith(OURS) ? "" : ` to ${contender}`;
  return `${name}${against}${engine === undefined ? "" : ` (${engine})`}`;
}

/** The targets as programs read them. */
export function asJson(figures: readonly Figure[]): Record<string, object> {
  return Object.fromEntries(figures.filter(({ target }) => target !== undefined).map((figure) => {
    const { ratio, perSecond, target } = figure;
    const measured = target?.atMost === undefined ? { perSecond } : { ratio };
    return [nameOf(figure), { ...measured, target: target?.atMost ?? target?.atLeast, met: isMet(figure) }];
  }));
}

/** All figures as a Markdown table. */
export function asTable(figures: readonly Figure[]): string {
  const rows = figures.map((figure) => {
    const { name, engine = "–", contender, microseconds, perSecond, ratio, target, note = "" } = figure;
    const wanted = target === undefined ? "" : `${target.atMost === undefined ? `≥ ${target.atLeast?.toLocaleString("en") ?? ""}/s` : `≤ ${target.atMost.toFixed(1)}×`} ${isMet(figure) ? "met" : "**missed**"}`;
    return [name, engine, contender, figureOf(microseconds), perSecond === undefined ? "" : Math.round(perSecond).toLocaleString("en"), ratio === undefined ? "" : `${ratio.toFixed(2)}×`, wanted, note];
  });
  const head = ["what", "database", "who", "CPU µs each", "a second a core", "ratio", "target", ""];
  return [head, head.map(() => "---"), ...rows].map((cells) => `| ${cells.join(" | ")} |`).join("\n");
}

function figureOf(microseconds: number): string {
  return microseconds >= 10_000 ? `${(microseconds / 1_000).toFixed(0)} ms` : microseconds.toFixed(microseconds < 100 ? 1 : 0);
}
