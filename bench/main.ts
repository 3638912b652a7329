import { readFileSync, writeFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { isMet, type Figure } from "./Figure.js";
import { enrolling } from "./enrolling.js";
import { OURS } from "./ours.js";
import { plot, type Bars } from "./plot.js";
import { measureReading } from "./reading.js";
import { reissuing } from "./reissuing.js";
import { asJson, asTable, nameOf } from "./report.js";
import { soak } from "./soak.js";
import { validating } from "./validating.js";
import { machine } from "./versions.js";

// npm run bench [-- --json FILE] [--write]: everything in one run; --write puts it into docs/performance.md and its plot.
// npm run bench -- --quick [--json FILE]: in two minutes what a target is set for, but for the soak, which takes five.
const { values: { quick, json, write } } = parseArgs({ options: { quick: { type: "boolean", default: false }, json: { type: "string" }, write: { type: "boolean", default: false } } });
if (quick && write) {
  console.error("docs/performance.md is of a whole run: --write doesn't go with --quick");
  process.exit(2);
}

const where = machine();
console.log(where);

const figures: Figure[] = [];
for (const measure of [measureReading, reissuing, enrolling, validating]) {
  figures.push(...(await measure({ quick })));
}
const soaked = quick ? undefined : await soak();
if (soaked) figures.push(soaked.figure);

console.log(asTable(figures));
if (json !== undefined) writeFileSync(json, `${JSON.stringify(asJson(figures), null, 2)}\n`);
if (write && soaked) {
  const { memory } = soaked;
  writeFileSync("docs/performance.svg", plot(pageBars(figures), { title: `Memory under full load, ${String(memory.length)} s`, unit: "MB", values: memory }));
  writeTable(figures);
}
const missed = figures.filter((one) => !isMet(one));
for (const one of missed) console.log(`missed: ${nameOf(one)}`);
process.exitCode = missed.length > 0 ? 1 : 0;

function pageBars(all: readonly Figure[]): Bars[] {
  const pages = all.filter(({ name }) => name.startsWith("page of"));
  return [...new Set(pages.map(({ engine }) => engine))].map((engine) => ({
    title: `A page of 20 users with their certificates, ${engine ?? ""}: CPU of the server`,
    unit: "µs",
    bars: pages.filter((one) => one.engine === engine).map(({ contender, microseconds }) => ({ label: contender, value: microseconds, isOurs: contender === OURS })),
  }));
}

/** Between the two marks stands what a run has measured; what is said around it is written by hand. */
function writeTable(all: readonly Figure[]): void {
  const file = "docs/performance.md";
  const text = readFileSync(file, "utf8");
  const day = new Date().toISOString().slice(0, 10);
  const measured = `<!-- measured -->\n\n${day}, ${where}.\n\n${asTable(all)}\n\n<!-- /measured -->`;
  writeFileSync(file, text.replace(/<!-- measured -->[^]*<!-- \/measured -->/, () => measured));
}
