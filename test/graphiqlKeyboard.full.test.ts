import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Browser, Keyboard, Page } from "playwright-core";
import { GraphiqlPage, launchBrowser } from "./support/GraphiqlPage.js";
import { RunningServer } from "./support/RunningServer.js";

let server: RunningServer;
let browser: Browser;
let graphiql: GraphiqlPage;
let page: Page;
let keyboard: Keyboard;
let dir: string;

beforeAll(async () => {
  dir = mkdtempSync(join(tmpdir(), "shomei-keyboard-"));
  [server, browser] = await Promise.all([RunningServer.start({ DATA_DIR: dir }), launchBrowser()]);
}, 60_000);
beforeEach(async () => {
  graphiql = await GraphiqlPage.open(browser, server.base);
  ({ page } = graphiql);
  ({ keyboard } = page);
  await page.locator("nav summary").first().waitFor();
});
afterEach(async () => { await graphiql.close(); });
afterAll(async () => {
  await browser.close();
  await server.stop();
  rmSync(dir, { recursive: true, force: true });
});

/** How what has the keyboard is called, and whether one sees that it has it: itself, or what stands for it. */
const focused = () => page.evaluate<{ name: string; isSeen: boolean }>(`(() => {
  const element = document.activeElement;
  const name = element.getAttribute("aria-label") ?? element.labels?.[0]?.textContent ?? element.textContent;
  const around = [element, element.closest(".graphiql-query-editor, .graphiql-editor-tool, .result-window")];
  return { name: name.trim(), isSeen: element === document.body || around.some((one) => one && getComputedStyle(one).outlineStyle !== "none") };
})()`);

/** Goes on with Tab until it gets there, and sees where it is all the way. */
async function tabTo(wanted: string, key: "Tab" | "Shift+Tab" = "Tab"): Promise<void> {
  const passed: string[] = [];
  for (let times = 0; times < 60; times++) {
    await keyboard.press(key);
    const { name, isSeen } = await focused();
    passed.push(name);
    expect([name, isSeen]).toEqual([name, true]);
    if (name === wanted) return;
  }
  throw new Error(`${wanted} isn't reached: ${passed.join(", ")}`);
}

async function signIn(loginId: string): Promise<void> {
  await tabTo("金庫コード");
  await keyboard.type("5120");
  await tabTo("ID");
  await keyboard.type(loginId);
  await tabTo("パスワード");
  await keyboard.type("Shomei-demo-1");
  await keyboard.press("Enter");
  await page.locator("#who:focus").waitFor();
}

async function choose(task: string, title: string): Promise<void> {
  await tabTo(task);
  await keyboard.press("Enter");
  await tabTo(title);
  await keyboard.press("Enter");
  await graphiql.isInEditor();
}

it("signs in, lists, reissues, sees the refusal for the Master's own certificate and signs out, by the keyboard alone", async () => {
  await signIn("keir001");
  expect(await graphiql.who()).toContain("管理者 keir001");

  await choose("利用者（IDメンテナンス）", "利用者選択");
  const { data } = JSON.parse(await graphiql.send({})) as { data: { users: { nodes: { id: string; loginId: string; version: number }[] } } };
  const inputFor = (wanted: string) => {
    const { id: userId, version: expectedVersion } = data.users.nodes.find(({ loginId }) => loginId === wanted) ?? {};
    return { input: { userId, expectedVersion } };
  };

  await keyboard.press("Escape");
  expect((await focused()).name).toBe("利用者選択");
  await choose("電子証明書", "再発行する");
  expect(await graphiql.send(inputFor("keir002"))).toContain("このお客様IDは「keir002」です。");
  expect(await graphiql.send(inputFor("keir001"))).toContain("OWN_CERTIFICATE");
  await graphiql.answered("OWN_CERTIFICATE");

  await tabTo("応答");
  await tabTo("ログアウト");
  await keyboard.press("Enter");
  await page.locator("#login-id:focus").waitFor();
}, 60_000);

it("stays where one has gone on to, while the sign-in was on its way", async () => {
  const { promise: isHeld, resolve: letGo } = Promise.withResolvers<undefined>();
  await page.route("**/graphql", async (route) => {
    await isHeld;
    await route.continue();
  });
  await graphiql.signIn({ loginId: "keir001" });
  await graphiql.choose("利用者（IDメンテナンス）", "利用者選択");
  letGo(undefined);
  expect(await graphiql.who()).toContain("管理者 keir001");
  expect((await focused()).name).toBe("変数（JSON）");
});

it("holds nobody in the editor: Tab and Shift+Tab go on, Esc goes to the list, and nothing is indented", async () => {
  await choose("電子証明書", "再発行する");
  const written = [await graphiql.written("query"), await graphiql.written("variables")];
  await tabTo("問い合わせ（GraphQL）", "Shift+Tab");
  await tabTo("変数（JSON）");
  await tabTo("問い合わせ（GraphQL）", "Shift+Tab");
  await keyboard.press("Escape");
  expect((await focused()).name).toBe("再発行する");
  expect([await graphiql.written("query"), await graphiql.written("variables")]).toEqual(written);
  expect(await page.locator("#keys").innerText()).toMatch(/Ctrl\+Enter 送信.*Tab.*Esc 操作の一覧へ/);
});

it("leaves both keys to the proposals while they are shown", async () => {
  await choose("利用履歴と警告", "利用履歴照会");
  await tabTo("問い合わせ（GraphQL）", "Shift+Tab");
  await keyboard.press("Control+A");
  await keyboard.type("{ view", { delay: 30 });
  await page.locator(".CodeMirror-hints").waitFor();
  await keyboard.press("Escape");
  await page.locator(".CodeMirror-hints").waitFor({ state: "detached" });
  expect((await focused()).name).toBe("問い合わせ（GraphQL）");
});
