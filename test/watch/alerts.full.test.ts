import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { metricTable } from "../../src/watch/metricTable.js";
import { program } from "../support/program.js";
import { RunningServer } from "../support/RunningServer.js";

const RULES = "docs/alerts/shomei.rules.yml";
const rules = readFileSync(RULES, "utf8");
const promtool = (args: string[], input = "") => program("promtool", args, input);

let server: RunningServer;
let dir: string;
let scraped: string;
beforeAll(async () => {
  dir = mkdtempSync(join(tmpdir(), "shomei-alerts-"));
  server = await RunningServer.start({ DATA_DIR: dir });
  await server.query("{ viewer { signedInAt } }", {});
  await fetch(`${server.base}/ocsp`, { method: "POST", headers: { "content-type": "application/ocsp-request" }, body: "x" });
  scraped = await (await fetch(`${server.base}/metrics`)).text();
});
afterAll(async () => {
  await server.stop();
  rmSync(dir, { recursive: true, force: true });
});

it("promtool accepts the alert rules", async () => {
  expect(await promtool(["check", "rules", "--lint=all", "--lint-fatal", RULES])).toMatchObject({ ok: true });
});

it("each alert comes where it is to come, and where it isn't, none does", async () => {
  const { ok, out, complaint } = await promtool(["test", "rules", RULES.replace(".yml", ".test.yml")]);
  expect([ok, out + complaint]).toEqual([true, expect.stringContaining("SUCCESS")]);
});

it("each alert is tested", () => {
  const tested = readFileSync(RULES.replace(".yml", ".test.yml"), "utf8");
  const alerts = Array.from(rules.matchAll(/- alert: (\w+)/g), ([, alert = ""]) => alert);
  expect(alerts.length).toBeGreaterThan(15);
  expect(alerts.filter((alert) => !tested.includes(`alertname="${alert}"`))).toEqual([]);
});

it("each is told in Japanese, with what to do", () => {
  const of = (name: string) => Array.from(rules.matchAll(new RegExp(`^ +${name}: "(.*)"$`, "gm")), ([, text = ""]) => text);
  const alerts = rules.match(/- alert: /g)?.length;
  for (const texts of [of("summary"), of("runbook")]) {
    expect(texts).toHaveLength(alerts ?? 0);
    for (const text of texts) expect(text).toMatch(/[ぁ-ん].*。$/);
  }
});

it("the rules ask for metrics that the server tells, by labels that these have", () => {
  const told = new Map<string, Set<string>>();
  for (const [, name = "", labels = ""] of scraped.matchAll(/^([a-z0-9_]+)(?:\{(.*)\})? /gm)) {
    told.set(name, new Set([...(told.get(name) ?? []), ...Array.from(labels.matchAll(/([a-z_]+)="/g), ([, label = ""]) => label)]));
  }
  for (const { name, labels } of Object.values(metricTable)) told.set(name, new Set(labels)); // also those that have no value yet
  const expressions = rules.split("\n").filter((line) => !/^ *(#|summary:|runbook:|- alert:|labels:)/.test(line)).join("\n");
  const asked = Array.from(expressions.matchAll(/\b((?:shomei|nodejs|process)_[a-z0-9_]+)(?:\{([^}]*)\})?/g));
  expect(asked.length).toBeGreaterThan(20);
  for (const [, name = "", selector = ""] of asked) {
    expect([...told.keys()]).toContain(name);
    for (const [, label = ""] of selector.matchAll(/([a-z_]+)(?:=~|!~|=|!=)"/g)) expect([name, [...(told.get(name) ?? []), "job", "instance"]]).toEqual([name, expect.arrayContaining([label])]);
  }
});

it("promtool finds nothing wrong with the names, words and form of what the server tells", async () => {
  expect(await promtool(["check", "metrics"], scraped)).toEqual({ ok: true, out: "", complaint: "" });
  expect(scraped).toContain("nodejs_eventloop_lag_p99_seconds");
});

it("docs/operations.md tells of each metric what the server tells", () => {
  const told = readFileSync("docs/operations.md", "utf8").split("<!-- metrics -->")[1]?.trim();
  const rows = Object.values(metricTable).map(({ name, type, labels, help }) => `| \`${name}\` | ${type} | ${labels.join(", ")} | ${help} |`);
  expect(told?.split("\n").slice(2)).toEqual(rows);
});
