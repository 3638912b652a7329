import { readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { SECOND } from "./clock.js";
import { databaseSettings, type DatabaseSettings } from "./databaseSettings.js";
import { ConfigError, audience, flag, oneOf, whole, type Audience, type Environment } from "./environment.js";
import { mailSettings, type MailSettings } from "./mailSettings.js";
import type { RateSettings } from "./rateLimits.js";
import { pkcs11Settings, pkiUrl, type Pkcs11Settings } from "./pkiSettings.js";
import { proxySettings, tlsSettings, type ProxySettings, type TlsSettings } from "./tlsSettings.js";

export interface Config {
  host: string;
  isLoopback: boolean;
  port: number;
  dataDir: string;
  database: DatabaseSettings;
  /** The demo bank, or nothing. */
  demo: { password: string } | undefined;
  graphiql: Audience;
  logLevel: (typeof logLevels)[number];
  /** From the environment; without it a file in `dataDir` that only its owner can read. */
  caPassphrase: string | undefined;
  caPassphraseFile: string | undefined;
  /** SHA-256 fingerprints of public keys that no certificate may bear, lower-case hex. */
  blockedKeys: ReadonlySet<string>;
  /** A refused sign-in answers no sooner than this, whatever the reason. */
  signInFloorMs: number;
  /** Where relying parties reach `/pki` and `/ocsp`: it stands in every certificate. Undefined: where the server will listen. */
  pkiUrl: string | undefined;
  /** Of a bank's CA, when it is made. */
  caKeyKind: (typeof caKeyKinds)[number];
  /** CA keys in a token; undefined: in files. */
  pkcs11: Pkcs11Settings | undefined;
  /** A revocation is on the CRL at the latest this many seconds after it. */
  crlIntervalSeconds: number;
  /** How long a cache may give others the answer to an OCSP request that was sent by GET. */
  ocspMaxAgeSeconds: number;
  /** A door of its own for TLS, at which client certificates are asked for. */
  tls: TlsSettings | undefined;
  mail: MailSettings;
  /** Where checkpoints and CRL numbers are kept beside the database. */
  safekeepingDir: string;
  /** How often the history's state is signed, where it grew. */
  checkpointSeconds: number;
  /** How many requests a minute, of an address, of a session; how many tries to sign in, for an ID. 0: as many as one likes. */
  rates: RateSettings;
  /** A request that takes longer is given up. */
  requestMs: number;
  /** How many requests may be under way at the same time, of one address and of all in a process (0: as many as there are), and how many wait. */
  turns: { atOnce: number; underWay: number; waiting: number };
  /** How many processes serve. */
  workers: number;
  /** When it is told to end, it says so at /readyz and goes on serving for so long. */
  drainMs: number;
  /** Who may ask for the schema. */
  introspection: Audience;
  /** At which use of a document a query is compiled; 0: never. */
  compileAt: number;
  /** Clients that may send registered documents alone, by their names, or everybody. */
  trustedOnly: ReadonlySet<string> | "everybody";
  /** By which the figures of /metrics may be read from elsewhere; undefined: from this machine alone. */
  metricsToken: string | undefined;
  /** Who may say, by Client-Cert, which certificate a client has. */
  proxies: ProxySettings;
}

const logLevels = ["fatal", "error", "warn", "info", "debug", "silent"] as const;
const caKeyKinds = ["P-256", "P-384", "RSA-3072"] as const;
const COMPILED_AT_USE = 2; // a document that comes once isn't worth it
const loopback = new Set(["127.0.0.1", "::1", "localhost"]);

/** Reads the whole environment once. Nothing else in the house looks at it. An empty variable is one that isn't set. */
export function readConfig(environment: NodeJS.ProcessEnv): Config {
  const env: Environment = Object.fromEntries(Object.entries(environment).filter(([, value]) => value !== ""));
  const dataDir = resolve(env.DATA_DIR ?? "./data");
  const host = env.HOST ?? "127.0.0.1";
  const port = whole(env, "PORT", 4000, 0, 65_535);
  const database = databaseSettings(env, dataDir);

  const wantsDemo = flag(env, "SHOMEI_DEMO", database.kind === "sqlite" && loopback.has(host));
  if (wantsDemo && !loopback.has(host)) {
    throw new ConfigError("SHOMEI_DEMO", "0 where HOST is not the loopback: the demo's passwords are public");
  }

  const proxies = proxySettings(env);
  const isSandbox = wantsDemo && !proxies.loopback && proxies.certificates.size === 0; // behind a proxy a loopback is the world's

  return {
    host,
    isLoopback: loopback.has(host),
    port,
    dataDir,
    database,
    demo: wantsDemo ? { password: demoPassword(env) } : undefined,
    graphiql: audience(env, "SHOMEI_GRAPHIQL", isSandbox ? "all" : "operators"),
    logLevel: oneOf(env, "SHOMEI_LOG_LEVEL", logLevels, "info"),
    caPassphrase: env.SHOMEI_CA_PASSPHRASE,
    caPassphraseFile: env.SHOMEI_CA_PASSPHRASE_FILE,
    blockedKeys: blockedKeys(env),
    signInFloorMs: whole(env, "SHOMEI_SIGN_IN_FLOOR_MS", 300, 0, 10_000),
    pkiUrl: pkiUrl(env, host, port),
    caKeyKind: oneOf(env, "SHOMEI_CA_KEY", caKeyKinds, "P-256"),
    pkcs11: pkcs11Settings(env),
    crlIntervalSeconds: whole(env, "SHOMEI_CRL_INTERVAL_SECONDS", 60, 0, 86_400),
    ocspMaxAgeSeconds: whole(env, "SHOMEI_OCSP_MAX_AGE_SECONDS", 0, 0, 3_000),
    tls: tlsSettings(env),
    proxies,
    mail: mailSettings(env, dataDir),
    safekeepingDir: resolve(env.SHOMEI_SAFEKEEPING_DIR ?? join(dataDir, "safekeeping")),
    checkpointSeconds: whole(env, "SHOMEI_CHECKPOINT_SECONDS", 300, 1, 86_400),
    rates: {
      ADDRESS: whole(env, "SHOMEI_REQUESTS_PER_ADDRESS", 1_200, 0, 10_000_000),
      SESSION: whole(env, "SHOMEI_REQUESTS_PER_SESSION", 600, 0, 10_000_000),
      SIGN_IN: whole(env, "SHOMEI_SIGN_INS_PER_ID", 10, 0, 10_000),
    },
    requestMs: whole(env, "SHOMEI_REQUEST_SECONDS", 10, 1, 300) * SECOND,
    turns: {
      atOnce: whole(env, "SHOMEI_REQUESTS_AT_ONCE", 4, 0, 10_000),
      underWay: whole(env, "SHOMEI_REQUESTS_UNDER_WAY", 32, 0, 10_000),
      waiting: whole(env, "SHOMEI_REQUESTS_WAITING", 256, 1, 100_000),
    },
    workers: whole(env, "SHOMEI_WORKERS", 1, 1, 64),
    drainMs: whole(env, "SHOMEI_DRAIN_SECONDS", 0, 0, 300) * SECOND,
    compileAt: flag(env, "SHOMEI_JIT", true) ? COMPILED_AT_USE : 0,
    introspection: audience(env, "SHOMEI_INTROSPECTION", isSandbox ? "all" : "operators"),
    trustedOnly: trustedOnly(env),
    metricsToken: metricsToken(env),
  };
}

function demoPassword(env: Environment): string {
  const password = env.SHOMEI_DEMO_PASSWORD ?? "Shomei-demo-1";
  if (password.length < 8 || password.length > 64) throw new ConfigError("SHOMEI_DEMO_PASSWORD", "8 to 64 characters");
  return password;
}

function trustedOnly(env: Environment): Config["trustedOnly"] {
  const names = (env.SHOMEI_TRUSTED_ONLY ?? "").split(",").map((name) => name.trim()).filter((name) => name !== "");
  return names.includes("*") ? "everybody" : new Set(names);
}

function metricsToken(env: Environment): string | undefined {
  const token = env.SHOMEI_METRICS_TOKEN;
  if (token !== undefined && !/^[A-Za-z0-9._~+/=-]{16,200}$/.test(token)) throw new ConfigError("SHOMEI_METRICS_TOKEN", "16 to 200 characters that a bearer token may have");
  return token;
}

function blockedKeys(env: Environment): ReadonlySet<string> {
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
