import { chromium, type Browser, type BrowserContext, type Page } from "playwright-core";

interface Credentials {
  loginId: string;
  password?: string;
  kind?: "利用者" | "金庫職員";
}

export function launchBrowser(): Promise<Browser> {
  return chromium.launch({
    executablePath: "/usr/bin/chromium",
    args: ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"],
  });
}

/** GraphiQL in a real browser, and all that it asked, complained of and was told. */
export class GraphiqlPage {
  readonly asked: string[] = [];
  readonly complaints: string[] = [];
  private readonly answers: Promise<string>[] = [];

  private constructor(private readonly context: BrowserContext, readonly page: Page) {
    page.on("request", (request) => this.asked.push(request.url()));
    page.on("response", (response) => {
      if (response.url().endsWith("/graphql")) this.answers.push(response.text().catch(() => ""));
    });
    page.on("pageerror", (error) => this.complaints.push(error.message));
    page.on("console", (message) => {
      // That an answer is 401 is what some tests are about.
      if (message.type() === "error" && !message.text().startsWith("Failed to load resource")) this.complaints.push(message.text());
    });
  }

  /** In a context of its own: of what another test left there is nothing. */
  static async open(browser: Browser, base: string): Promise<GraphiqlPage> {
    const context = await browser.newContext({ viewport: { width: 1400, height: 900 }, locale: "ja-JP" });
    const opened = new GraphiqlPage(context, await context.newPage());
    await opened.page.goto(`${base}/graphiql`);
    return opened;
  }

  async close(): Promise<void> {
    await this.context.close();
  }

  async signIn({ loginId, password = "Shomei-demo-1", kind = "利用者" }: Credentials): Promise<void> {
    const { page } = this;
    if (await page.getByRole("radio").count()) await page.getByRole("radio", { name: kind }).check();
    await page.getByLabel("金庫コード").fill("5120");
    await page.getByLabel("ID", { exact: true }).fill(loginId);
    await page.getByLabel("パスワード", { exact: true }).fill(password);
    await page.getByRole("button", { name: "ログイン" }).click();
  }

  async signOut(): Promise<void> {
    await this.page.locator("#sign-out").click();
    await this.page.locator("#sign-in").waitFor();
  }

  /** Who the page says is signed in. */
  async who(): Promise<string> {
    await this.page.locator("#who strong").waitFor();
    return this.page.locator("#who").innerText();
  }

  /** What the page reads out in alarm. */
  async alert(): Promise<string> {
    await this.page.getByRole("alert").waitFor();
    return this.page.getByRole("alert").innerText();
  }

  /** Chooses an operation; afterwards the keyboard is where it is changed or sent. */
  async choose(task: string, title: string): Promise<void> {
    const group = this.page.locator("details").filter({ has: this.page.getByText(task, { exact: true }) });
    if ((await group.getAttribute("open")) === null) await group.locator("summary").click();
    await group.getByRole("button", { name: title, exact: true }).click();
    await this.isInEditor();
  }

  async isInEditor(): Promise<void> {
    await this.page.locator("#graphiql textarea[aria-label]:focus").waitFor({ state: "attached" });
  }

  /** Sends what is in the editor, with other variables where some are given, and reads the answer. */
  async send(variables?: object): Promise<string> {
    if (variables) {
      await this.page.keyboard.press("Control+A");
      await this.page.keyboard.insertText(JSON.stringify(variables));
    }
    const answer = this.page.waitForResponse((response) => response.url().endsWith("/graphql"));
    await this.page.keyboard.press("Control+Enter");
    return (await answer).text();
  }

  /** What stands in the editor, as CodeMirror has it. */
  written(field: "query" | "variables" | "answer"): Promise<string> {
    const place = { query: ".graphiql-query-editor", variables: ".graphiql-editor-tool", answer: ".result-window" }[field];
    return this.page.evaluate(`(document.querySelector("${place} .CodeMirror") ?? document.querySelector("${place}.CodeMirror")).CodeMirror.getValue()`);
  }

  async answered(words: string): Promise<void> {
    await this.page.locator(".result-window", { hasText: words }).waitFor();
  }

  /** The tokens that the server gave out to this page. */
  async tokens(): Promise<string[]> {
    const texts = await Promise.all(this.answers);
    return texts.flatMap((text) => Array.from(text.matchAll(/"((?:desk_)?[\w-]{43})"/g), ([, token = ""]) => token));
  }

  /** Everything of the page in which somebody could find something: elements, fields, editors, address, stores, history, globals. */
  everything(): Promise<string> {
    return this.page.evaluate(`JSON.stringify([
      document.documentElement.outerHTML, [...document.querySelectorAll("input, textarea")].map(({ value }) => value),
      [...document.querySelectorAll(".CodeMirror")].map(({ CodeMirror }) => CodeMirror.getValue()),
      location.href, document.cookie, { ...localStorage }, { ...sessionStorage }, history.state, performance.getEntries(),
      Object.values(window).filter((value) => ["string", "number"].includes(typeof value)),
    ])`);
  }
}
