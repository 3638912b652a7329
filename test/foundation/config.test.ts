import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { ConfigError, readConfig } from "../../src/foundation/config.js";

let dir: string;
beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), "shomei-config-"));
});
afterAll(() => {
  rmSync(dir, { recursive: true, force: true });
});

type Environment = Record<string, string>;
const databaseOf = (url: string, env: Environment = {}) => readConfig({ ...env, DATABASE_URL: url }).database;

/** The start stops, and says which variable it is and what is expected. */
function expectRefused(env: Environment, variable: string, expected: string): void {
  const message = `${variable}: expected ${expected}`;
  expect(() => readConfig(env)).toThrow(ConfigError);
  expect(() => readConfig(env)).toThrow(expect.objectContaining({ variable, message }) as Error);
}

describe("an empty environment", () => {
  it("is a demo bank on SQLite, on the loopback", () => {
    expect(readConfig({})).toEqual({
      isLoopback: true,
      host: "127.0.0.1",
      port: 4000,
      dataDir: resolve("data"),
      database: { kind: "sqlite", file: resolve("data/shomei.sqlite") },
      demo: { password: "Shomei-demo-1" },
      graphiql: true,
      logLevel: "info",
      caPassphrase: undefined,
      caPassphraseFile: undefined,
      blockedKeys: new Set(),
      signInFloorMs: 300,
    });
  });

  it("takes nothing from the process it runs in", () => {
    process.env.PORT = "4001";
    try {
      expect(readConfig({}).port).toBe(4000);
    } finally {
      delete process.env.PORT;
    }
  });
});

const FLAG = "one of 0, 1";
const wholeFrom = (least: number, most: number) => `a whole number from ${least} to ${most}`;
const SERVER = "mysql://u:p@db/shomei";

describe("each variable", () => {
  it.each([
    ["PORT", "0", { port: 0 }],
    ["PORT", "65535", { port: 65_535 }],
    ["HOST", "0.0.0.0", { host: "0.0.0.0", isLoopback: false, demo: undefined }],
    ["HOST", "::1", { host: "::1", demo: { password: "Shomei-demo-1" } }],
    ["HOST", "localhost", { host: "localhost", demo: { password: "Shomei-demo-1" } }],
    ["SHOMEI_DEMO", "0", { demo: undefined }],
    ["SHOMEI_DEMO", "1", { demo: { password: "Shomei-demo-1" } }],
    ["SHOMEI_DEMO_PASSWORD", "another-one", { demo: { password: "another-one" } }],
    ["SHOMEI_GRAPHIQL", "0", { graphiql: false }],
    ["SHOMEI_GRAPHIQL", "1", { graphiql: true }],
    ["SHOMEI_LOG_LEVEL", "silent", { logLevel: "silent" }],
    ["SHOMEI_LOG_LEVEL", "debug", { logLevel: "debug" }],
    ["SHOMEI_CA_PASSPHRASE", "a b", { caPassphrase: "a b" }],
    ["SHOMEI_CA_PASSPHRASE_FILE", "/run/secrets/ca", { caPassphraseFile: "/run/secrets/ca" }],
    ["SHOMEI_SIGN_IN_FLOOR_MS", "0", { signInFloorMs: 0 }],
    ["SHOMEI_SIGN_IN_FLOOR_MS", "10000", { signInFloorMs: 10_000 }],
    ["DATA_DIR", "/srv/shomei", { dataDir: "/srv/shomei", database: { kind: "sqlite", file: "/srv/shomei/shomei.sqlite" } }],
    ["DATA_DIR", "elsewhere", { dataDir: resolve("elsewhere") }],
    ["DATABASE_URL", "", { database: { kind: "sqlite", file: resolve("data/shomei.sqlite") } }],
    ["SHOMEI_BLOCKED_KEYS_FILE", "", { blockedKeys: new Set() }],
  ])("%s may be %j", (variable, value, means) => {
    expect(readConfig({ [variable]: value })).toMatchObject(means);
  });

  it.each([
    ["PORT", ["-1", "65536", "1.5", "4000x", "0x10", "1e3", " 4000", "４０００"], wholeFrom(0, 65_535)],
    ["SHOMEI_DEMO", ["2", "true", "yes", "01"], FLAG],
    ["SHOMEI_GRAPHIQL", ["false", "on"], FLAG],
    ["SHOMEI_DEMO_PASSWORD", ["seven77", "x".repeat(65)], "8 to 64 characters"],
    ["SHOMEI_LOG_LEVEL", ["INFO", "trace", "loud"], "one of fatal, error, warn, info, debug, silent"],
    ["SHOMEI_SIGN_IN_FLOOR_MS", ["-1", "10001", "fast"], wholeFrom(0, 10_000)],
  ])("%s may not be any of %j, and the complaint says what is expected", (variable, values, expected) => {
    for (const value of values) expectRefused({ [variable]: value }, variable, expected);
  });

  it("that is empty is one that isn't set", () => {
    const empty = Object.fromEntries([
      "HOST", "PORT", "DATA_DIR", "DATABASE_URL", "SHOMEI_DEMO", "SHOMEI_DEMO_PASSWORD", "SHOMEI_GRAPHIQL", "SHOMEI_LOG_LEVEL",
      "SHOMEI_CA_PASSPHRASE", "SHOMEI_CA_PASSPHRASE_FILE", "SHOMEI_BLOCKED_KEYS_FILE", "SHOMEI_SIGN_IN_FLOOR_MS", "SHOMEI_POOL_SIZE",
    ].map((name) => [name, ""]));
    expect(readConfig(empty)).toEqual(readConfig({}));
  });

  it.each(["0", "1001", "-1", "ten"])("SHOMEI_POOL_SIZE may not be %j", (value) => {
    expectRefused({ DATABASE_URL: SERVER, SHOMEI_POOL_SIZE: value }, "SHOMEI_POOL_SIZE", wholeFrom(1, 1_000));
  });

  it.each([["1", 1], ["1000", 1_000]])("SHOMEI_POOL_SIZE may be %j", (value, poolSize) => {
    expect(databaseOf(SERVER, { SHOMEI_POOL_SIZE: value })).toMatchObject({ poolSize });
  });
});

describe("the demo", () => {
  it.each(["0.0.0.0", "::", "192.0.2.1", "shomei.example", "127.0.0.1.example"])("is refused on %j, which others reach: its passwords are public", (HOST) => {
    expectRefused({ HOST, SHOMEI_DEMO: "1" }, "SHOMEI_DEMO", "0 where HOST is not the loopback: the demo's passwords are public");
    expect(readConfig({ HOST }).demo).toBeUndefined();
  });

  it("isn't put into a server's database unless it is asked for", () => {
    expect(readConfig({ DATABASE_URL: SERVER }).demo).toBeUndefined();
    expect(readConfig({ DATABASE_URL: SERVER, SHOMEI_DEMO: "1" }).demo).toEqual({ password: "Shomei-demo-1" });
  });
});

describe("DATABASE_URL", () => {
  it.each(["mysql", "mariadb"])("of %s leads to a server, with ten connections and its usual port", (scheme) => {
    expect(databaseOf(`${scheme}://shomei:secret@db.example/house`)).toEqual({
      kind: "server", hosts: [{ host: "db.example", port: 3306 }], user: "shomei", password: "secret", database: "house", poolSize: 10,
    });
  });

  it("may name several hosts, each with its own port", () => {
    expect(databaseOf("mysql://u:p@db1:3307,db2,10.0.0.3:3309/shomei")).toMatchObject({
      hosts: [{ host: "db1", port: 3307 }, { host: "db2", port: 3306 }, { host: "10.0.0.3", port: 3309 }],
    });
  });

  it("may name hosts by their IPv6 addresses", () => {
    expect(databaseOf("mysql://u:p@[::1]:3307,[2001:db8::2]/shomei")).toMatchObject({
      hosts: [{ host: "::1", port: 3307 }, { host: "2001:db8::2", port: 3306 }],
    });
  });

  it("takes percent-encoding in the user, the password and the database", () => {
    expect(databaseOf("mysql://us%40er:p%3A%2F%40%25%E5%AD%97@db/sho%2Dmei")).toMatchObject({ user: "us@er", password: "p:/@%字", database: "sho-mei" });
  });

  it.each([["mysql://u@db/shomei"], ["mysql://u:@db/shomei"]])("may leave out the password: %s", (url) => {
    expect(databaseOf(url)).toMatchObject({ user: "u", password: "" });
  });

  it.each([
    ["another kind of database", "postgres://u:p@db/shomei"],
    ["no scheme", "u:p@db/shomei"],
    ["no user", "mysql://db/shomei"],
    ["an empty user", "mysql://:p@db/shomei"],
    ["no host", "mysql://u:p@/shomei"],
    ["no database", "mysql://u:p@db"],
    ["an empty database", "mysql://u:p@db/"],
    ["two databases", "mysql://u:p@db/a/b"],
    ["a query, which would be ignored", "mysql://u:p@db/shomei?ssl=true"],
    ["an empty host among several", "mysql://u:p@db1,,db2/shomei"],
    ["a comma at the end", "mysql://u:p@db1,/shomei"],
    ["a blank in a host", "mysql://u:p@db1, db2/shomei"],
    ["a port of 0", "mysql://u:p@db:0/shomei"],
    ["a port of 65,536", "mysql://u:p@db:65536/shomei"],
    ["a port that is a word", "mysql://u:p@db:mysql/shomei"],
    ["an empty port", "mysql://u:p@db:/shomei"],
    ["an IPv6 address without brackets", "mysql://u:p@::1/shomei"],
    ["an open bracket", "mysql://u:p@[::1/shomei"],
    ["a bare % in the password", "mysql://u:100%@db/shomei"],
    ["octets in the password that are no UTF-8", "mysql://u:%FF@db/shomei"],
    ["a slash in the password that isn't encoded", "mysql://u:a/b@db/shomei"],
    ["an @ in the password that isn't encoded", "mysql://u:secret@word@db/shomei"],
    ["a colon in the password that isn't encoded and looks like a port", "mysql://u@x:1@db/shomei"],
  ])("may not have %s; the complaint doesn't repeat it", (_what, url) => {
    expectRefused({ DATABASE_URL: url }, "DATABASE_URL", "mysql://user:password@host[:port][,host[:port]…]/database");
  });
});

describe("SHOMEI_BLOCKED_KEYS_FILE", () => {
  const inFile = (text: string) => {
    const file = join(dir, "blocked");
    writeFileSync(file, text);
    return { SHOMEI_BLOCKED_KEYS_FILE: file };
  };
  const [first, second] = ["0123456789abcdef".repeat(4), "f".repeat(64)] as const;

  it("lists fingerprints, one a line, among remarks and empty lines; capitals count as small letters", () => {
    const text = `# known to the world\n${first}\r\n\n  ${second.toUpperCase()}  \n#${"a".repeat(64)}\n`;
    expect(readConfig(inFile(text)).blockedKeys).toEqual(new Set([first, second]));
  });

  it("may be empty", () => {
    expect(readConfig(inFile("")).blockedKeys).toEqual(new Set());
  });

  it.each([
    ["a short one", "abc"],
    ["63 digits", first.slice(1)],
    ["65 digits", `${first}0`],
    ["a letter that is no digit", `g${first.slice(1)}`],
    ["colons", first.match(/../g)?.join(":") ?? ""],
    ["two on a line", `${first} ${second}`],
    ["one bad among good ones", `${first}\nbad\n${second}`],
  ])("stops the start with %s: a key that should be blocked is never let through silently", (_what, text) => {
    expectRefused(inFile(text), "SHOMEI_BLOCKED_KEYS_FILE", "64 hexadecimal digits a line, # for remarks");
  });

  it.each(["missing", "."])("stops the start where %j can't be read", (name) => {
    expectRefused({ SHOMEI_BLOCKED_KEYS_FILE: join(dir, name) }, "SHOMEI_BLOCKED_KEYS_FILE", "a readable file of SHA-256 fingerprints, one a line");
  });
});
