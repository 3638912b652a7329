import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Browser } from "playwright-core";
import { savedOperations, tasks } from "../src/http/savedOperations.js";
import { GraphiqlPage, launchBrowser } from "./support/GraphiqlPage.js";
import { RunningServer } from "./support/RunningServer.js";

let server: RunningServer;
let graphiql: GraphiqlPage;
let browser: Browser;
let dir: string;

beforeAll(async () => {
  dir = mkdtempSync(join(tmpdir(), "shomei-graphiql-"));
  [server, browser] = await Promise.all([RunningServer.start({ DATA_DIR: dir }), launchBrowser()]);
}, 60_000);
beforeEach(async () => {
  graphiql = await GraphiqlPage.open(browser, server.base);
});
// Whatever was done: nothing was asked of others, no line of the policy was broken, and no token is to be found.
afterEach(async () => {
  const { asked, complaints } = graphiql;
  expect(asked.length).toBeGreaterThan(5);
  expect(asked.filter((url) => !url.startsWith(server.base) && !url.startsWith("data:"))).toEqual([]);
  expect(complaints).toEqual([]);
  const found = await graphiql.everything();
  for (const token of await graphiql.tokens()) {
    expect(found).not.toContain(token);
    expect(asked.join()).not.toContain(token);
  }
  await graphiql.close();
});
afterAll(async () => {
  await browser.close();
  await server.stop();
  rmSync(dir, { recursive: true, force: true });
});

const USERS = ["利用者（IDメンテナンス）", "利用者選択"] as const;
const REISSUE = ["電子証明書", "再発行する"] as const;

describe("the list of operations", () => {
  it("has all of them, by task", async () => {
    const { page } = graphiql;
    await page.locator("nav summary").first().waitFor();
    expect(await page.locator("nav summary").allTextContents()).toEqual([...tasks]);
    expect(await page.locator("nav li button").count()).toBe(readdirSync("schema/operations").length);
  });

  it("explains the one that is chosen, and opens it ready to be sent", async () => {
    await graphiql.choose(...REISSUE);
    const saved = savedOperations().find(({ title }) => title === "再発行する");
    expect(await graphiql.page.locator("#explanation").innerText()).toContain("利用できる方: 同じ契約先の管理者だけが行えます。");
    expect(await graphiql.written("query")).toBe(saved?.query);
    expect(JSON.parse(await graphiql.written("variables"))).toEqual(JSON.parse(saved?.variables ?? ""));
    expect(await graphiql.page.locator("nav [aria-current]").innerText()).toBe("再発行する");
  });

  it("opens it as it is saved again, after it was edited and another was open", async () => {
    await graphiql.choose(...USERS);
    const [query, variables] = [await graphiql.written("query"), await graphiql.written("variables")];
    for (const task of ["電子証明書", undefined]) {
      await graphiql.page.keyboard.press("Control+A");
      await graphiql.page.keyboard.insertText("{");
      if (task) await graphiql.choose(task, "失効する");
      await graphiql.choose(...USERS);
      expect([await graphiql.written("query"), await graphiql.written("variables")]).toEqual([query, variables]);
    }
    expect(JSON.parse(await graphiql.send())).toMatchObject({ errors: [{ extensions: { code: "UNAUTHENTICATED" } }] });
  });

  it("opens the last of several that are chosen faster than they open", async () => {
    const { page } = graphiql;
    await page.locator("nav summary").first().waitFor();
    await page.evaluate(`document.querySelectorAll("nav li button").forEach((button) => button.click())`);
    await graphiql.isInEditor();
    expect(await graphiql.written("query")).toBe(savedOperations().filter(({ task }) => task === tasks.at(-1)).at(-1)?.query);
  });
});

describe("signing in on the page", () => {
  it("says who it is, of what kind, and when it was there before, in Japan time", async () => {
    await server.signIn("keir003");
    const { viewer } = await server.ask<{ viewer: { signedInAt: string } }>("signIn", SIGNED_IN, { input: { bankCode: "5120", loginId: "keir003", password: "Shomei-demo-1" } });
    const [date, time] = new Date(Date.parse(viewer.signedInAt) + 9 * 3_600_000).toISOString().split(/[TZ]/);
    await graphiql.signIn({ loginId: "keir003" });
    const who = await graphiql.who();
    expect(who).toContain("利用者 keir003");
    expect(who).toContain(`前回のログイン ${date?.replaceAll("-", "/") ?? ""} ${time?.slice(0, 5).replace(/^0/, "") ?? ""}（日本時間）`); // 0:40, as it is written there
    expect(await graphiql.page.locator("#password").inputValue()).toBe("");
    expect(await graphiql.tokens()).toHaveLength(1);
  });

  it("is refused with the reason and the next step, and the password is gone", async () => {
    await graphiql.signIn({ loginId: "keir003", password: "not-the-one" });
    expect(await graphiql.alert()).toMatch(/パスワードが正しくないか.*ご連絡ください。$/);
    expect(await graphiql.page.locator("#password").inputValue()).toBe("");
    expect(await graphiql.everything()).not.toContain("not-the-one");
    await graphiql.signIn({ loginId: "keir003" });
    expect(await graphiql.who()).toContain("keir003");
    expect(await graphiql.page.getByRole("alert").isVisible()).toBe(false);
  });

  it("takes the bank's own staff by their own way", async () => {
    await graphiql.signIn({ loginId: "desk001", kind: "金庫職員" });
    expect(await graphiql.who()).toMatch(/窓口担当者 さん\s+金庫職員 desk001/);
    await graphiql.choose("ログイン", "ログイン中の金庫職員");
    expect(await graphiql.send()).toContain('"loginId":"desk001"');
  });

  it("signs in, lists, reissues, and shows the refusal for the Master's own certificate", async () => {
    await graphiql.signIn({ loginId: "keir001" });
    expect(await graphiql.who()).toContain("管理者 keir001");
    await graphiql.choose(...USERS);
    const { data } = JSON.parse(await graphiql.send({})) as { data: { users: { nodes: { id: string; loginId: string; version: number }[] } } };
    const inputFor = (wanted: string) => {
      const { id: userId, version: expectedVersion } = data.users.nodes.find(({ loginId }) => loginId === wanted) ?? {};
      return { input: { userId, expectedVersion } };
    };
    await graphiql.choose(...REISSUE);
    expect(await graphiql.send(inputFor("keir002"))).toContain("このお客様IDは「keir002」です。");
    expect(await graphiql.send(inputFor("keir001"))).toContain("OWN_CERTIFICATE");
    await graphiql.answered("OWN_CERTIFICATE");
  });

  it("ends by ログアウト: nothing of the former one's is left, and nothing is sent as the former one", async () => {
    await graphiql.signIn({ loginId: "keir001" });
    await graphiql.who();
    await graphiql.choose(...USERS);
    await graphiql.send({});
    await graphiql.answered("keir002");
    await graphiql.signOut();
    expect(await graphiql.everything()).not.toContain("keir002");
    await graphiql.choose(...USERS);
    expect(await graphiql.send()).toContain('"reason":"NOBODY"');
  });

  it("has ended where somebody signed in elsewhere: the page says so, and keeps what was written", async () => {
    await graphiql.signIn({ loginId: "keir001" });
    await graphiql.who();
    await graphiql.choose(...USERS);
    await server.signIn("keir001");
    expect(await graphiql.send({ first: 7 })).toContain("UNAUTHENTICATED");
    expect(await graphiql.alert()).toBe("セッションが終了しました。もう一度ログインしてください。");
    await graphiql.signIn({ loginId: "keir001" });
    await graphiql.who();
    expect(await graphiql.written("variables")).toBe('{"first":7}');
  });

  it("of somebody else, after one that ended, finds nothing of the former one's", async () => {
    await graphiql.signIn({ loginId: "keir001" });
    await graphiql.who();
    await graphiql.choose(...USERS);
    await graphiql.send({});
    await graphiql.answered("keir002");
    await server.signIn("keir001");
    await graphiql.send();
    await graphiql.alert();
    await graphiql.signIn({ loginId: "keir003" });
    expect(await graphiql.who()).toContain("keir003");
    expect([await graphiql.written("query"), await graphiql.written("answer")]).toEqual(["", ""]);
  });
});

describe("signing in in the editor", () => {
  it.each([
    ["a Master", "ログイン", "管理者 keir001"],
    ["one of the bank's staff", "金庫職員のログイン", "金庫職員 desk001"],
  ])("goes on as %s on the whole page, and shows no token", async (_who, title, who) => {
    await graphiql.choose("ログイン", title);
    await graphiql.send();
    expect(await graphiql.who()).toContain(who);
    await graphiql.answered("このページで保持しています");
    expect(await graphiql.tokens()).toHaveLength(1);
  });

  it("shows none under another name either", async () => {
    await graphiql.choose("ログイン", "ログイン");
    await graphiql.page.locator(".graphiql-query-editor .CodeMirror").click();
    await graphiql.page.keyboard.press("Control+A");
    await graphiql.page.keyboard.insertText("mutation SignIn($input: SignInInput!) { a: signIn(input: $input) { b: sessionToken } }");
    await graphiql.send();
    await graphiql.answered('"b": "このページで保持しています"');
    expect(await graphiql.who()).toContain("keir001");
    expect(await graphiql.tokens()).toHaveLength(1);
  });

  it("that is refused leaves nobody signed in", async () => {
    await graphiql.signIn({ loginId: "keir001" });
    await graphiql.who();
    await graphiql.choose("ログイン", "ログイン");
    await graphiql.send({ input: { bankCode: "5120", loginId: "keir001", password: "not-the-one" } });
    await graphiql.page.locator("#sign-in").waitFor();
    await graphiql.choose(...USERS);
    expect(await graphiql.send()).toContain('"reason":"NOBODY"');
  });
});

const SIGNED_IN = "mutation ($input: SignInInput!) { signIn(input: $input) { viewer { signedInAt } } }";
