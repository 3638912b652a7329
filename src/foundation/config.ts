import { readFileSync } from "node:fs";
import { join, resolve } from "node:path";

export interface Host {
  host: string;
  port: number;
}

export interface ServerSettings {
  kind: "server";
  hosts: Host[];
  user: string;
  password: string;
  database: string;
  poolSize: number;
}

export type DatabaseSettings = { kind: "sqlite"; file: string } | ServerSettings;

export interface Config {
  host: string;
  isLoopback: boolean;
  port: number;
  dataDir: string;
  database: DatabaseSettings;
  /** The demo bank, or nothing. */
  demo: { password: string } | undefined;
  graphiql: boolean;
  logLevel: (typeof logLevels)[number];
  /** From the environment; without it a file in `dataDir` that only its owner can read. */
  caPassphrase: string | undefined;
  caPassphraseFile: string | undefined;
  /** SHA-256 fingerprints of public keys that no certificate may bear, lower-case hex. */
  blockedKeys: ReadonlySet<string>;
  /** A refused sign-in answers no sooner than this, whatever the reason. */
  signInFloorMs: number;
}

/** A value in the environment that can't be used: the start stops with its name and what is expected. */
export class ConfigError extends Error {
  constructor(readonly variable: string, expected: string) {
    super(`${variable}: expected ${expected}`);
    this.name = "ConfigError";
  }
}

const logLevels = ["fatal", "error", "warn", "info", "debug", "silent"] as const;
const loopback = new Set(["127.0.0.1", "::1", "localhost"]);
const SEVERAL_HOSTS = "mysql://user:password@host[:port][,host[:port]…]/database";

/** Reads the whole environment once. Nothing else in the house looks at it. An empty variable is one that isn't set. */
export function readConfig(environment: NodeJS.ProcessEnv): Config {
  const env = Object.fromEntries(Object.entries(environment).filter(([, value]) => value !== ""));
  const dataDir = resolve(env.DATA_DIR ?? "./data");
  const host = env.HOST ?? "127.0.0.1";
  const database = databaseSettings(env, dataDir);

  const wantsDemo = flag(env, "SHOMEI_DEMO", database.kind === "sqlite" && loopback.has(host));
  if (wantsDemo && !loopback.has(host)) {
    throw new ConfigError("SHOMEI_DEMO", "0 where HOST is not the loopback: the demo's passwords are public");
  }

  return {
    host,
    isLoopback: loopback.has(host),
    port: whole(env, "PORT", 4000, 0, 65_535),
    dataDir,
    database,
    demo: wantsDemo ? { password: demoPassword(env) } : undefined,
    graphiql: flag(env, "SHOMEI_GRAPHIQL", true),
    logLevel: oneOf(env, "SHOMEI_LOG_LEVEL", logLevels, "info"),
    caPassphrase: env.SHOMEI_CA_PASSPHRASE,
    caPassphraseFile: env.SHOMEI_CA_PASSPHRASE_FILE,
    blockedKeys: blockedKeys(env),
    signInFloorMs: whole(env, "SHOMEI_SIGN_IN_FLOOR_MS", 300, 0, 10_000),
  };
}

function demoPassword(env: NodeJS.ProcessEnv): string {
  const password = env.SHOMEI_DEMO_PASSWORD ?? "Shomei-demo-1";
  if (password.length < 8 || password.length > 64) throw new ConfigError("SHOMEI_DEMO_PASSWORD", "8 to 64 characters");
  return password;
}

function databaseSettings(env: NodeJS.ProcessEnv, dataDir: string): DatabaseSettings {
  const url = env.DATABASE_URL;
  if (url === undefined) return { kind: "sqlite", file: join(dataDir, "shomei.sqlite") };

  // By hand: URL knows one host only.
  const parts = /^(?:mysql|mariadb):\/\/([^:@/]+)(?::([^@/]*))?@([^/]+)\/([^/?]+)$/.exec(url);
  if (!parts) throw new ConfigError("DATABASE_URL", SEVERAL_HOSTS);
  const [, user = "", password = "", hosts = "", database = ""] = parts;
  try {
    return {
      kind: "server",
      hosts: hosts.split(",").map(hostOf),
      user: decodeURIComponent(user),
      password: decodeURIComponent(password),
      database: decodeURIComponent(database),
      poolSize: whole(env, "SHOMEI_POOL_SIZE", 10, 1, 1_000),
    };
  } catch (error) {
    if (error instanceof URIError) throw new ConfigError("DATABASE_URL", SEVERAL_HOSTS);
    throw error;
  }
}

function hostOf(text: string): Host {
  const parts = /^(\[[0-9a-fA-F:]+\]|[\w.-]+)(?::(\d{1,5}))?$/.exec(text);
  const port = Number(parts?.[2] ?? 3306);
  if (!parts?.[1] || port < 1 || port > 65_535) throw new ConfigError("DATABASE_URL", SEVERAL_HOSTS);
  return { host: parts[1].replace(/^\[|\]$/g, ""), port };
}

function blockedKeys(env: NodeJS.ProcessEnv): ReadonlySet<string> {
  const file = env.SHOMEI_BLOCKED_KEYS_FILE;
  if (!file) return new Set();
  let text: string;
  try {
    text = readFileSync(file, "utf8");
  } catch {
    throw new ConfigError("SHOMEI_BLOCKED_KEYS_FILE", "a readable file of SHA-256 fingerprints, one a line");
  }
  const fingerprints = text.split(/\r?\n/).map((line) => line.trim().toLowerCase()).filter((line) => line && !line.startsWith("#"));
  if (!fingerprints.every((fingerprint) => /^[0-9a-f]{64}$/.test(fingerprint))) {
    throw new ConfigError("SHOMEI_BLOCKED_KEYS_FILE", "64 hexadecimal digits a line, # for remarks");
  }
  return new Set(fingerprints);
}

function flag(env: NodeJS.ProcessEnv, name: string, otherwise: boolean): boolean {
  return oneOf(env, name, ["0", "1"] as const, otherwise ? "1" : "0") === "1";
}

function oneOf<T extends string>(env: NodeJS.ProcessEnv, name: string, allowed: readonly T[], otherwise: T): T {
  const value = env[name] ?? otherwise;
  const found = allowed.find((candidate) => candidate === value);
  if (found === undefined) throw new ConfigError(name, `one of ${allowed.join(", ")}`);
  return found;
}

function whole(env: NodeJS.ProcessEnv, name: string, otherwise: number, least: number, most: number): number {
  const value = env[name];
  if (value === undefined) return otherwise;
  const number = Number(value);
  if (!/^\d+$/.test(value) || number < least || number > most) {
    throw new ConfigError(name, `a whole number from ${String(least)} to ${String(most)}`);
  }
  return number;
}
