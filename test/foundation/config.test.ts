import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { readConfig } from "../../src/foundation/config.js";
import { ConfigError } from "../../src/foundation/environment.js";
import { opensslPrints } from "../support/openssl.js";

let dir: string;
beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), "shomei-config-"));
  for (const name of ["server", "other"]) {
    opensslPrints([
      "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2", "-subj", `/CN=${name}`,
      "-keyout", join(dir, `${name}.key`), "-out", join(dir, `${name}.pem`),
    ]);
  }
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
      graphiql: "all",
      logLevel: "info",
      caPassphrase: undefined,
      caPassphraseFile: undefined,
      blockedKeys: new Set(),
      signInFloorMs: 300,
      pkiUrl: "http://127.0.0.1:4000",
      caKeyKind: "P-256",
      pkcs11: undefined,
      crlIntervalSeconds: 60,
      ocspMaxAgeSeconds: 0,
      tls: undefined,
      proxies: { loopback: false, certificates: new Set() },
      mail: { kind: "folder", folder: resolve("data/mail"), from: "no-reply@shomei.invalid" },
      safekeepingDir: resolve("data/safekeeping"),
      checkpointSeconds: 300,
      rates: { ADDRESS: 1_200, SESSION: 600, SIGN_IN: 10 },
      requestMs: 10_000,
      turns: { atOnce: 4, underWay: 32, waiting: 256 },
      workers: 1,
      drainMs: 0,
      introspection: "all",
      compileAt: 2,
      trustedOnly: new Set(),
      metricsToken: undefined,
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
const PKI = { SHOMEI_PKI_URL: "http://pki.shinkin.example" };

describe("each variable", () => {
  it.each([
    ["PORT", "0", { port: 0 }],
    ["PORT", "65535", { port: 65_535 }],
    ["HOST", "192.0.2.1", { host: "192.0.2.1", isLoopback: false, demo: undefined }],
    ["HOST", "::1", { host: "::1", demo: { password: "Shomei-demo-1" } }],
    ["HOST", "localhost", { host: "localhost", demo: { password: "Shomei-demo-1" } }],
    ["SHOMEI_DEMO", "0", { demo: undefined }],
    ["SHOMEI_DEMO", "1", { demo: { password: "Shomei-demo-1" } }],
    ["SHOMEI_DEMO_PASSWORD", "another-one", { demo: { password: "another-one" } }],
    ["SHOMEI_GRAPHIQL", "all", { graphiql: "all" }],
    ["SHOMEI_GRAPHIQL", "operators", { graphiql: "operators" }],
    ["SHOMEI_GRAPHIQL", "nobody", { graphiql: "nobody" }],
    ["SHOMEI_GRAPHIQL", "1", { graphiql: "all" }],
    ["SHOMEI_GRAPHIQL", "0", { graphiql: "nobody" }],
    ["SHOMEI_INTROSPECTION", "nobody", { introspection: "nobody" }],
    ["SHOMEI_JIT", "0", { compileAt: 0 }],
    ["SHOMEI_REQUESTS_PER_ADDRESS", "0", { rates: { ADDRESS: 0, SESSION: 600, SIGN_IN: 10 } }],
    ["SHOMEI_REQUESTS_PER_SESSION", "60", { rates: { ADDRESS: 1_200, SESSION: 60, SIGN_IN: 10 } }],
    ["SHOMEI_SIGN_INS_PER_ID", "3", { rates: { ADDRESS: 1_200, SESSION: 600, SIGN_IN: 3 } }],
    ["SHOMEI_REQUEST_SECONDS", "300", { requestMs: 300_000 }],
    ["SHOMEI_REQUESTS_AT_ONCE", "0", { turns: { atOnce: 0, underWay: 32, waiting: 256 } }],
    ["SHOMEI_REQUESTS_UNDER_WAY", "8", { turns: { atOnce: 4, underWay: 8, waiting: 256 } }],
    ["SHOMEI_REQUESTS_WAITING", "1", { turns: { atOnce: 4, underWay: 32, waiting: 1 } }],
    ["SHOMEI_WORKERS", "2", { workers: 2 }],
    ["SHOMEI_DRAIN_SECONDS", "10", { drainMs: 10_000 }],
    ["SHOMEI_TRUSTED_ONLY", "front, app ,", { trustedOnly: new Set(["front", "app"]) }],
    ["SHOMEI_METRICS_TOKEN", "a-token-of-16-ch", { metricsToken: "a-token-of-16-ch" }],
    ["SHOMEI_TRUSTED_ONLY", "front,*", { trustedOnly: "everybody" }],
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
    ["SHOMEI_CA_KEY", "P-256", { caKeyKind: "P-256" }],
    ["SHOMEI_CA_KEY", "P-384", { caKeyKind: "P-384" }],
    ["SHOMEI_CA_KEY", "RSA-3072", { caKeyKind: "RSA-3072" }],
    ["SHOMEI_CRL_INTERVAL_SECONDS", "0", { crlIntervalSeconds: 0 }],
    ["SHOMEI_CRL_INTERVAL_SECONDS", "86400", { crlIntervalSeconds: 86_400 }],
    ["SHOMEI_OCSP_MAX_AGE_SECONDS", "0", { ocspMaxAgeSeconds: 0 }],
    ["SHOMEI_OCSP_MAX_AGE_SECONDS", "3000", { ocspMaxAgeSeconds: 3_000 }],
  ])("%s may be %j", (variable, value, means) => {
    expect(readConfig({ [variable]: value })).toMatchObject(means);
  });

  it.each([
    ["PORT", ["-1", "65536", "1.5", "4000x", "0x10", "1e3", " 4000", "４０００"], wholeFrom(0, 65_535)],
    ["SHOMEI_DEMO", ["2", "true", "yes", "01"], FLAG],
    ["SHOMEI_GRAPHIQL", ["false", "on", "ALL", "operator", "2"], "one of all, operators, nobody"],
    ["SHOMEI_DEMO_PASSWORD", ["seven77", "x".repeat(65)], "8 to 64 characters"],
    ["SHOMEI_INTROSPECTION", ["some"], "one of all, operators, nobody"],
    ["SHOMEI_REQUESTS_PER_ADDRESS", ["-1", "10000001", "many"], wholeFrom(0, 10_000_000)],
    ["SHOMEI_REQUESTS_PER_SESSION", ["-1", "10000001"], wholeFrom(0, 10_000_000)],
    ["SHOMEI_SIGN_INS_PER_ID", ["-1", "10001"], wholeFrom(0, 10_000)],
    ["SHOMEI_REQUEST_SECONDS", ["0", "301"], wholeFrom(1, 300)],
    ["SHOMEI_METRICS_TOKEN", ["short", "with space in the token", "あ".repeat(20), "x".repeat(201)], "16 to 200 characters that a bearer token may have"],
    ["SHOMEI_REQUESTS_AT_ONCE", ["-1", "10001"], wholeFrom(0, 10_000)],
    ["SHOMEI_LOG_LEVEL", ["INFO", "trace", "loud"], "one of fatal, error, warn, info, debug, silent"],
    ["SHOMEI_SIGN_IN_FLOOR_MS", ["-1", "10001", "fast"], wholeFrom(0, 10_000)],
    ["SHOMEI_CA_KEY", ["p-256", "P-521", "RSA-2048", "RSA", "ed25519"], "one of P-256, P-384, RSA-3072"],
    ["SHOMEI_CRL_INTERVAL_SECONDS", ["-1", "86401", "1.5", "1m"], wholeFrom(0, 86_400)],
    ["SHOMEI_OCSP_MAX_AGE_SECONDS", ["-1", "3001", "1h"], wholeFrom(0, 3_000)],
  ])("%s may not be any of %j, and the complaint says what is expected", (variable, values, expected) => {
    for (const value of values) expectRefused({ [variable]: value }, variable, expected);
  });

  it("that is empty is one that isn't set", () => {
    const empty = Object.fromEntries([
      "HOST", "PORT", "DATA_DIR", "DATABASE_URL", "SHOMEI_DEMO", "SHOMEI_DEMO_PASSWORD", "SHOMEI_GRAPHIQL", "SHOMEI_LOG_LEVEL",
      "SHOMEI_CA_PASSPHRASE", "SHOMEI_CA_PASSPHRASE_FILE", "SHOMEI_BLOCKED_KEYS_FILE", "SHOMEI_SIGN_IN_FLOOR_MS", "SHOMEI_POOL_SIZE",
      "SHOMEI_PKI_URL", "SHOMEI_CA_KEY", "SHOMEI_PKCS11_MODULE", "SHOMEI_PKCS11_TOKEN", "SHOMEI_PKCS11_PIN_FILE", "SHOMEI_CRL_INTERVAL_SECONDS",
      "SHOMEI_OCSP_MAX_AGE_SECONDS", "SHOMEI_TLS_PORT", "SHOMEI_TLS_CERT_FILE", "SHOMEI_TLS_KEY_FILE", "SHOMEI_PROXIES",
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
    expectRefused({ HOST, SHOMEI_DEMO: "1", ...PKI }, "SHOMEI_DEMO", "0 where HOST is not the loopback: the demo's passwords are public");
    expect(readConfig({ HOST, ...PKI })).toMatchObject({ demo: undefined, isLoopback: false });
  });

  it("isn't put into a server's database unless it is asked for", () => {
    expect(readConfig({ DATABASE_URL: SERVER }).demo).toBeUndefined();
    expect(readConfig({ DATABASE_URL: SERVER, SHOMEI_DEMO: "1" }).demo).toEqual({ password: "Shomei-demo-1" });
  });
});

describe("GraphiQL and the schema", () => {
  it.each([{ SHOMEI_DEMO: "0" }, { DATABASE_URL: SERVER }, { SHOMEI_PROXIES: "loopback" }])("are the bank's operators' where there is no demo bank, or a proxy that the world may stand behind: %j", (env) => {
    expect(readConfig(env)).toMatchObject({ graphiql: "operators", introspection: "operators" });
    expect(readConfig({ ...env, SHOMEI_GRAPHIQL: "all", SHOMEI_INTROSPECTION: "all" })).toMatchObject({ graphiql: "all", introspection: "all" });
  });

  it.each(["192.0.2.1", "0.0.0.0", "shomei.example"])("is for the bank's operators alone on %s, which others reach, unless it is said otherwise", (HOST) => {
    expect(readConfig({ HOST, ...PKI })).toMatchObject({ graphiql: "operators", introspection: "operators" });
    expect(readConfig({ HOST, ...PKI, SHOMEI_GRAPHIQL: "all" }).graphiql).toBe("all");
    expect(readConfig({ HOST, ...PKI, SHOMEI_GRAPHIQL: "1" }).graphiql).toBe("all");
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

describe("SHOMEI_PKI_URL, which stands in certificates for ten years", () => {
  it.each([
    ["http://pki.shinkin.example", "http://pki.shinkin.example"],
    ["http://pki.shinkin.example/", "http://pki.shinkin.example"],
    ["http://pki.shinkin.example//", "http://pki.shinkin.example"],
    ["http://pki.shinkin.example:8080/shomei/", "http://pki.shinkin.example:8080/shomei"],
    ["http://pki.shinkin.example:80", "http://pki.shinkin.example"],
    ["HTTP://PKI.Shinkin.Example", "http://pki.shinkin.example"],
    ["http://192.0.2.1:4000", "http://192.0.2.1:4000"],
    ["http://[2001:db8::1]:4000", "http://[2001:db8::1]:4000"],
    ["http://証明.example/証明", "http://xn--2hv581f.example/%E8%A8%BC%E6%98%8E"],
  ])("may be %j and is %j then: ASCII, absolute, without a slash at its end", (value, url) => {
    const { pkiUrl } = readConfig({ SHOMEI_PKI_URL: value });
    expect(pkiUrl).toBe(url);
    expect(pkiUrl).toMatch(/^[\x21-\x7e]+$/); // IA5String
  });

  it.each([
    "https://pki.shinkin.example", "ftp://pki.shinkin.example", "ldap://pki.shinkin.example", "file:///pki", "pki.shinkin.example", "/pki", "//pki.shinkin.example",
    "http://", "http:///", "http://u@pki.example", "http://u:p@pki.example", "http://:p@pki.example", "http://pki.example?x", "http://pki.example/?", "http://pki.example#x",
    "http://pki.example#", " http://pki.example", "http://pki.example ", "http://pki.example\n", "http://pki.ex\tample", "http://pki.example:0x50", "http://pki.example:65536",
    "http://pki.example, http://pki2.example", `http://pki.example/${"x".repeat(200)}`, "javascript:alert(1)", "http://[::1",
  ])("may not be %j", (value) => {
    expectRefused({ SHOMEI_PKI_URL: value }, "SHOMEI_PKI_URL", "http://host[:port][/path]");
  });

  it.each(["0.0.0.0", "::", "0", "::0", "0:0:0:0:0:0:0:0", "00.0.0.0"])("must be set where HOST is %j: nobody reaches that", (HOST) => {
    expectRefused({ HOST }, "SHOMEI_PKI_URL", `the address that relying parties know, since HOST is ${HOST}`);
    expect(readConfig({ HOST, ...PKI })).toMatchObject({ host: HOST, isLoopback: false, demo: undefined, pkiUrl: "http://pki.shinkin.example" });
  });

  it.each([
    ["127.0.0.1", "4000", "http://127.0.0.1:4000"], ["::1", "4000", "http://[::1]:4000"], ["localhost", "4001", "http://localhost:4001"],
    ["10.0.0.0", "80", "http://10.0.0.0:80"], ["shomei.example", "4000", "http://shomei.example:4000"], ["2001:db8::", "4000", "http://[2001:db8::]:4000"],
  ])("may be left out where HOST is %j: then it is where the server listens", (HOST, PORT, url) => {
    expect(readConfig({ HOST, PORT }).pkiUrl).toBe(url);
    expect(readConfig({ HOST, PORT: "0" }).pkiUrl).toBeUndefined(); // not known yet
    expect(readConfig({ HOST, PORT, ...PKI }).pkiUrl).toBe("http://pki.shinkin.example");
  });
});

describe("SHOMEI_PKCS11_…", () => {
  const all = { SHOMEI_PKCS11_MODULE: "/usr/lib/token.so", SHOMEI_PKCS11_TOKEN: "shomei", SHOMEI_PKCS11_PIN_FILE: "/run/secrets/pin" };
  const names = Object.keys(all) as (keyof typeof all)[];

  it("are a token for the CAs' keys, all three", () => {
    expect(readConfig(all).pkcs11).toEqual({ module: "/usr/lib/token.so", token: "shomei", pinFile: "/run/secrets/pin" });
  });

  it.each(names)("without %s stop the start: keys never go to files because something was forgotten", (missing) => {
    const { [missing]: _, ...others } = all;
    for (const env of [others, { ...others, [missing]: "" }]) {
      expectRefused(env, missing, `a value, since another of ${names.join(", ")} has one`);
    }
  });

  it.each(names)("with %s alone stop the start, too", (name) => {
    const first = names.find((other) => other !== name) ?? name;
    expectRefused({ [name]: all[name] }, first, `a value, since another of ${names.join(", ")} has one`);
  });
});

describe("SHOMEI_TLS_…", () => {
  const path = (name: string) => join(dir, name);
  const tls = (changes: Environment = {}): Environment => ({ SHOMEI_TLS_PORT: "4443", SHOMEI_TLS_CERT_FILE: path("server.pem"), SHOMEI_TLS_KEY_FILE: path("server.key"), ...changes });
  const CERTIFICATE = "a readable file: the server's certificate in PEM, with those above it";
  const KEY = "a readable file: the server's private key in PEM";

  beforeAll(() => {
    opensslPrints(["pkcs8", "-topk8", "-in", path("server.key"), "-out", path("encrypted.key"), "-passout", "pass:secret"]);
    opensslPrints(["x509", "-in", path("server.pem"), "-outform", "DER", "-out", path("server.der")]);
    writeFileSync(path("chain.pem"), readFileSync(path("server.pem"), "utf8") + readFileSync(path("other.pem"), "utf8"));
    writeFileSync(path("nothing"), "");
  });

  it.each(["0", "4443", "65535"])("open a door of its own at port %s, with what the files hold", (port) => {
    const [certificate, key] = [readFileSync(path("server.pem"), "utf8"), readFileSync(path("server.key"), "utf8")];
    expect(readConfig(tls({ SHOMEI_TLS_PORT: port })).tls).toEqual({ port: Number(port), certificate, key });
  });

  it("take the certificates above the server's along", () => {
    expect(readConfig(tls({ SHOMEI_TLS_CERT_FILE: path("chain.pem") })).tls?.certificate).toBe(readFileSync(path("chain.pem"), "utf8"));
  });

  it.each(["-1", "65536", "https", "4443x"])("may not be at port %j", (port) => {
    expectRefused(tls({ SHOMEI_TLS_PORT: port }), "SHOMEI_TLS_PORT", wholeFrom(0, 65_535));
  });

  it.each(["SHOMEI_TLS_CERT_FILE", "SHOMEI_TLS_KEY_FILE"])("with %s and no port stop the start: nobody is served in the clear because a line is missing", (name) => {
    expectRefused({ [name]: path("server.pem") }, "SHOMEI_TLS_PORT", `a port, since ${name} has a value`);
  });

  it.each([
    ["no certificate", "SHOMEI_TLS_CERT_FILE", "", CERTIFICATE],
    ["a certificate that isn't there", "SHOMEI_TLS_CERT_FILE", "missing", CERTIFICATE],
    ["a folder as its certificate", "SHOMEI_TLS_CERT_FILE", ".", CERTIFICATE],
    ["an empty file as its certificate", "SHOMEI_TLS_CERT_FILE", "nothing", "a certificate in PEM"],
    ["a certificate in DER", "SHOMEI_TLS_CERT_FILE", "server.der", "a certificate in PEM"],
    ["a key as its certificate", "SHOMEI_TLS_CERT_FILE", "server.key", "a certificate in PEM"],
    ["no key", "SHOMEI_TLS_KEY_FILE", "", KEY],
    ["a key that isn't there", "SHOMEI_TLS_KEY_FILE", "missing", KEY],
    ["an empty file as its key", "SHOMEI_TLS_KEY_FILE", "nothing", "a private key in PEM, not encrypted"],
    ["an encrypted key", "SHOMEI_TLS_KEY_FILE", "encrypted.key", "a private key in PEM, not encrypted"],
    ["a certificate as its key", "SHOMEI_TLS_KEY_FILE", "server.pem", "a private key in PEM, not encrypted"],
    ["another certificate's key", "SHOMEI_TLS_KEY_FILE", "other.key", "the key of the certificate in SHOMEI_TLS_CERT_FILE"],
  ])("with %s stop the start", (_what, variable, name, expected) => {
    expectRefused(tls({ [variable]: name && path(name) }), variable, expected);
  });
});

describe("SHOMEI_PROXIES", () => {
  const [first, second] = ["0123456789abcdef".repeat(4), "f".repeat(64)] as const;
  const colons = (fingerprint: string) => fingerprint.match(/../g)?.join(":") ?? "";
  const proxies = (value: string) => readConfig({ SHOMEI_PROXIES: value, SHOMEI_TLS_PORT: "0", ...tlsFiles() }).proxies;
  const tlsFiles = () => ({ SHOMEI_TLS_CERT_FILE: join(dir, "server.pem"), SHOMEI_TLS_KEY_FILE: join(dir, "server.key") });

  it.each([
    ["loopback", true, []],
    ["LOOPBACK", true, []],
    [" loopback , ", true, []],
    [`sha256:${first}`, false, [first]],
    [`SHA256:${first.toUpperCase()}`, false, [first]],
    [`sha256:${colons(first)}`, false, [first]],
    [`sha256:${colons(first).toUpperCase()}`, false, [first]],
    [`sha256:${first},loopback,sha256:${second}`, true, [first, second]],
    [`sha256:${first},sha256:${first}`, false, [first]],
    [",", false, []],
  ])("may be %j", (value, loopback, certificates) => {
    expect(proxies(value)).toEqual({ loopback, certificates: new Set(certificates) });
  });

  it.each([
    ["an address, which others can have, too", "10.0.0.1"],
    ["the loopback's address", "127.0.0.1"],
    ["a network", "10.0.0.0/8"],
    ["everybody", "*"],
    ["a name", "proxy.example"],
    ["a word that is like one", "loopbacks"],
    ["a thumbprint of another kind", `sha1:${"a".repeat(40)}`],
    ["a bare thumbprint", first],
    ["63 digits", `sha256:${first.slice(1)}`],
    ["65 digits", `sha256:${first}0`],
    ["a letter that is no digit", `sha256:g${first.slice(1)}`],
    ["a colon at the end", `sha256:${colons(first)}:`],
    ["a colon here and there", `sha256:${first.slice(0, 2)}:${first.slice(2)}`],
    ["a blank within", `sha256: ${first}`],
    ["one bad among good ones", `loopback,sha256:${first},10.0.0.1`],
    ["blanks instead of commas", `loopback sha256:${first}`],
  ])("may not be %s", (_what, value) => {
    const expected = "a list of: loopback, sha256:<64 hexadecimal digits of the certificate that a proxy connects with>";
    expectRefused({ SHOMEI_PROXIES: value, SHOMEI_TLS_PORT: "0", ...tlsFiles() }, "SHOMEI_PROXIES", expected);
  });

  it("that names certificates needs the TLS door, where they are shown", () => {
    expectRefused({ SHOMEI_PROXIES: `sha256:${first}` }, "SHOMEI_TLS_PORT", "a port, since SHOMEI_PROXIES names certificates: it is there that they are shown");
    expect(readConfig({ SHOMEI_PROXIES: "loopback" }).proxies.loopback).toBe(true);
  });
});
