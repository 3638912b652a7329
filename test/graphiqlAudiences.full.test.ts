import type { FastifyInstance } from "fastify";
import type { Browser } from "playwright-core";
import type { Audience } from "../src/foundation/environment.js";
import { GraphiqlPage, launchBrowser } from "./support/GraphiqlPage.js";
import { House, PASSWORD } from "./support/House.js";

let house: House;
let browser: Browser;
let door: FastifyInstance;
let graphiql: GraphiqlPage;

beforeAll(async () => {
  [house, browser] = await Promise.all([House.open(), launchBrowser()]);
}, 60_000);
afterEach(async () => {
  expect(graphiql.complaints).toEqual([]);
  await graphiql.close();
  await door.close();
});
afterAll(async () => {
  await browser.close();
  await house.close();
});

async function openFor(audience: Audience): Promise<void> {
  door = await house.door(undefined, { graphiql: audience });
  graphiql = await GraphiqlPage.open(browser, await door.listen({ host: "127.0.0.1", port: 0 }));
}
const isShown = () => graphiql.page.locator("main").isVisible();
const askedFor = (name: string) => graphiql.asked.some((url) => url.endsWith(`/graphiql/${name}`));

describe("for the banks' operators, the page", () => {
  beforeEach(() => openFor("operators"));

  it("is a sign-in, and lets nobody else in by it", async () => {
    const { master } = await house.aTenant();
    await graphiql.page.getByText("金庫職員としてログインすると").waitFor();
    await graphiql.signIn({ loginId: master.loginId, password: PASSWORD });
    expect(await graphiql.alert()).toContain("パスワードが正しくない");
    expect(await isShown()).toBe(false);
    expect(["operations.json", "react.js", "graphiql.js"].filter(askedFor)).toEqual([]);
  });

  it("shows operations and editor to whoever signed in, and to nobody after the sign-out", async () => {
    const { loginId } = await house.anOperator();
    await graphiql.signIn({ loginId, password: PASSWORD });
    expect(await graphiql.who()).toContain(`金庫職員 ${loginId}`);
    await graphiql.choose("ログイン", "ログイン中の金庫職員");
    expect(await graphiql.send()).toContain(loginId);
    await graphiql.answered(loginId);

    await graphiql.signOut();
    expect(await isShown()).toBe(false);
    expect(await graphiql.page.locator("nav button").count()).toBe(0);
    expect(await graphiql.page.locator(".result-window").allTextContents()).not.toContain(loginId);
  });

  it("closes where a customer takes the operator's place in the editor", async () => {
    const { loginId } = await house.anOperator();
    const { master } = await house.aTenant();
    await graphiql.signIn({ loginId, password: PASSWORD });
    await graphiql.choose("ログイン", "ログイン");
    await graphiql.send({ input: { bankCode: "5120", loginId: master.loginId, password: PASSWORD } });
    await graphiql.page.locator("main").waitFor({ state: "hidden" });
    expect(await graphiql.who()).toContain(`管理者 ${master.loginId}`);
  });

  it("asks for a new password where the first one must be changed", async () => {
    const { loginId } = await house.anOperator(undefined, { changeDue: "INITIAL" });
    const { page } = graphiql;
    await graphiql.signIn({ loginId, password: PASSWORD });
    expect(await graphiql.alert()).toContain("新");
    await page.getByLabel("パスワード", { exact: true }).fill(PASSWORD);
    await page.getByLabel("新パスワード").fill("Jibun-no-1");
    await page.getByLabel("確認用").fill("Jibun-no-1");
    await page.keyboard.press("Enter");
    expect(await graphiql.who()).toContain(loginId);
    expect(await graphiql.everything()).not.toContain("Jibun-no-1");
  });
});

it("for nobody, there is no page", async () => {
  await openFor("nobody");
  expect(await graphiql.page.locator("body").innerText()).toContain("NOT_FOUND");
});
