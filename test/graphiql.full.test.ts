import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { chromium, type Browser, type Page } from "playwright-core";
import { RunningServer } from "./support/RunningServer.js";

let server: RunningServer;
let browser: Browser;
let page: Page;
let dir: string;
const asked: string[] = [];
const complaints: string[] = [];

beforeAll(async () => {
  dir = mkdtempSync(join(tmpdir(), "shomei-graphiql-"));
  server = await RunningServer.start({ DATA_DIR: dir });
  browser = await chromium.launch({
    executablePath: "/usr/bin/chromium",
    args: ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"],
  });
  page = await browser.newPage({ viewport: { width: 1400, height: 900 }, locale: "ja-JP" });
  page.on("request", (request) => asked.push(request.url()));
  page.on("console", (message) => {
    if (message.type() === "error") complaints.push(message.text());
  });
  await page.goto(`${server.base}/graphiql`);
  await page.waitForSelector(".graphiql-tabs");
}, 60_000);

afterAll(async () => {
  await browser.close();
  await server.stop();
  rmSync(dir, { recursive: true, force: true });
});

/** Opens the tab of a saved operation, puts variables in, sends it with the keyboard, and reads the answer. */
async function send(operation: string, variables?: object): Promise<string> {
  await page.getByRole("tab").filter({ hasText: new RegExp(`^${operation}\\b`) }).click();
  await pause(500); // GraphiQL reads an opened tab a moment later, and until then would send the former one's name
  if (variables) {
    const editor = page.locator(".graphiql-editor-tool .CodeMirror").first();
    await editor.click();
    await page.keyboard.press("Control+A");
    await page.keyboard.insertText(JSON.stringify(variables));
  }
  const answer = page.waitForResponse((response) => response.url().endsWith("/graphql") && response.request().method() === "POST");
  await page.locator(".graphiql-query-editor .CodeMirror").click();
  await page.keyboard.press("Control+Enter");
  return (await answer).text();
}

it("opens with the saved operations as tabs", async () => {
  const tabs = (await page.getByRole("tab").allTextContents()).map((text) => text.replace(/ icon$/, ""));
  for (const name of ["SignIn", "Users", "ReissueCertificate", "EnrollCertificate", "UsageHistory"]) expect(tabs).toContain(name);
  expect(tabs.length).toBeGreaterThanOrEqual(readdirSync("schema/operations").length);
});

it("sends the token with what follows, and doesn't show it", async () => {
  expect(await send("SignIn")).toContain('"loginId":"keir001"'); // with the variables that stand there
  await page.locator(".result-window", { hasText: "このページで保持しています" }).waitFor();
  expect(await page.locator(".result-window").textContent()).not.toMatch(/[\w-]{43}/);
});

it("signs in, lists, reissues, and shows the refusal for the Master's own certificate", async () => {
  expect(await send("SignIn")).toContain('"loginId":"keir001"');
  const { data } = JSON.parse(await send("Users", {})) as { data: { users: { nodes: { id: string; loginId: string; version: number }[] } } };
  const [master, holder] = ["keir001", "keir002"].map((loginId) => data.users.nodes.find((user) => user.loginId === loginId));

  expect(await send("ReissueCertificate", { input: { userId: holder?.id, expectedVersion: holder?.version } })).toContain("このお客様IDは「keir002」です。");
  expect(await send("ReissueCertificate", { input: { userId: master?.id, expectedVersion: master?.version } })).toContain("OWN_CERTIFICATE");
  await page.locator(".result-window", { hasText: "OWN_CERTIFICATE" }).waitFor();
}, 60_000);

it("signs the bank's own staff in as well, and doesn't show its token either", async () => {
  expect(await send("SignInOperator", { input: { bankCode: "5120", loginId: "desk001", password: "Shomei-demo-1" } })).toContain('"loginId":"desk001"');
  await page.locator(".result-window", { hasText: "このページで保持しています" }).waitFor();
  expect(await page.locator(".result-window").textContent()).not.toContain("desk_");
  expect(await send("BankViewer", {})).toContain("窓口担当者"); // by the token that the page keeps
});

it("keeps the token out of the address and of the browser's storage", async () => {
  const kept = await page.evaluate("JSON.stringify([location.href, { ...localStorage }, { ...sessionStorage }, document.cookie])");
  expect(String(kept)).not.toMatch(/[\w-]{43}/);
});

it("asks nobody but this server, and breaks no line of its policy", () => {
  expect(asked.length).toBeGreaterThan(5);
  expect(asked.filter((url) => !url.startsWith(server.base) && !url.startsWith("data:"))).toEqual([]);
  expect(complaints).toEqual([]);
});
