import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { setTimeout as pause } from "node:timers/promises";

const started = new Set<ChildProcess>();

/** Tests ask as fast as they can. */
const unlimited = { SHOMEI_REQUESTS_PER_ADDRESS: "0", SHOMEI_REQUESTS_PER_SESSION: "0", SHOMEI_SIGN_INS_PER_ID: "0", SHOMEI_REQUESTS_AT_ONCE: "0" };

interface Answer {
  data?: Record<string, unknown> | null;
  errors?: { message: string; extensions: { code: string; requestId: string } }[];
}

/** The server as its own process, as README starts it, on a port that is free. */
export class RunningServer {
  private constructor(
    readonly child: ChildProcess,
    readonly base: string,
    private readonly output: () => string,
  ) {}

  /** Throws with what the server said where it doesn't get ready. */
  static async start(env: Record<string, string>): Promise<RunningServer> {
    const { NODE_OPTIONS: _, DATABASE_URL: __, ...inherited } = process.env;
    const child = spawn(process.execPath, ["dist/src/main.js"], {
      stdio: ["ignore", "pipe", "pipe"],
      env: { ...inherited, PORT: "0", SHOMEI_LOG_LEVEL: "warn", ...unlimited, ...env },
    });
    started.add(child);
    let said = "";
    const listen = (chunk: Buffer) => (said += chunk.toString());
    child.stdout.on("data", listen);
    child.stderr.on("data", listen);
    const exit = once(child, "exit");
    for (;;) {
      const ready = /Shomei is ready at (https?:\/\/\S+)\/graphql\n/.exec(said);
      if (ready?.[1]) return new RunningServer(child, ready[1], () => said);
      const event = await Promise.race([once(child.stdout, "data"), exit.then(() => "exit")]);
      if (event === "exit") throw new Error(said);
    }
  }

  /** For afterEach: ends whatever a failed test left running. */
  static stopAll(): void {
    for (const child of started) child.kill("SIGKILL");
    started.clear();
  }

  get said(): string {
    return this.output();
  }

  async query(query: string, variables: object, token?: string): Promise<Answer> {
    const response = await fetch(`${this.base}/graphql`, {
      method: "POST",
      headers: { "content-type": "application/json", ...(token ? { authorization: `Bearer ${token}` } : {}) },
      body: JSON.stringify({ query, variables }),
    });
    return (await response.json()) as Answer;
  }

  /** One field of an answer; throws where there are errors. */
  async ask<T>(field: string, query: string, variables: object, token?: string): Promise<T> {
    const { data, errors } = await this.query(query, variables, token);
    if (errors) throw new Error(JSON.stringify(errors));
    return data?.[field] as T;
  }

  async signIn(loginId: string, password = "Shomei-demo-1"): Promise<string> {
    const { sessionToken } = await this.ask<{ sessionToken: string }>(
      "signIn", "mutation ($input: SignInInput!) { signIn(input: $input) { sessionToken userErrors { code } } }",
      { input: { bankCode: "5120", loginId, password } },
    );
    return sessionToken;
  }

  /** Whether its process has ended, or does so within a second: its connections break a moment before. */
  async hasEnded(): Promise<boolean> {
    const isOver = () => this.child.exitCode !== null || this.child.signalCode !== null;
    for (let waited = 0; waited < 1_000 && !isOver(); waited += 10) await pause(10);
    return isOver();
  }

  /** Sends the signal and returns the exit code (null where the signal ended it). */
  async stop(signal: "SIGTERM" | "SIGKILL" = "SIGTERM"): Promise<number | null> {
    if (this.child.exitCode !== null) return this.child.exitCode;
    const gone = once(this.child, "exit");
    this.child.kill(signal);
    const [code] = (await gone) as [number | null];
    return code;
  }
}
