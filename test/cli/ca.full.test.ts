import { execFile } from "node:child_process";
import { copyFileSync, cpSync, existsSync, mkdtempSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { engine, freshDatabase, type FreshDatabase } from "../support/engine.js";
import { opensslPrints } from "../support/openssl.js";
import { RunningServer } from "../support/RunningServer.js";

let database: FreshDatabase;
let folder: string;
let server: RunningServer;

beforeAll(async () => {
  database = await freshDatabase();
  folder = mkdtempSync(join(tmpdir(), "shomei-cli-"));
  server = await RunningServer.start(environment());
});
afterAll(async () => {
  RunningServer.stopAll();
  await database.drop();
  rmSync(folder, { recursive: true, force: true });
});

const dataDir = () => join(folder, "data");
const environment = () => ({ DATA_DIR: dataDir(), SHOMEI_DEMO: "1", SHOMEI_PKI_URL: "http://pki.shinkin.example", ...(database.url ? { DATABASE_URL: database.url } : {}) });

/** Runs the command as `npm run ca` does, and tells how it ended. */
async function ca(args: string[], env: Record<string, string> = {}): Promise<{ code: number; out: string; complaint: string }> {
  const { NODE_OPTIONS: _, DATABASE_URL: __, ...inherited } = process.env;
  const options = { env: { ...inherited, ...environment(), ...env } };
  try {
    const { stdout, stderr } = await promisify(execFile)(process.execPath, ["dist/src/cli/ca.js", ...args], options);
    return { code: 0, out: stdout, complaint: stderr };
  } catch (error) {
    const { code, stdout, stderr } = error as { code: number; stdout: string; stderr: string };
    return { code, out: stdout, complaint: stderr };
  }
}

describe("npm run ca, beside a running server", () => {
  it("lists the CAs", async () => {
    const { code, out } = await ca(["list"]);
    expect(code).toBe(0);
    expect(out.split("\n").map((line) => line.split(/ {2,}/).slice(0, 4))).toEqual([
      ["CA", "bank", "role", "signs with"], ["root-1", "-", "ROOT", "ECDSA_SHA384"], ["5120-1", "5120", "ISSUING", "ECDSA_SHA256"], [""],
    ]);
    expect(new Set(out.trim().split("\n").map((line) => line.search(/(key|here)$/))).size).toBe(1); // in columns
  });

  it("rotates a bank's CA, and the server gives certificates out of the new one without a restart", async () => {
    const { code, out } = await ca(["rotate", "5120", "--key", "RSA-3072"]);
    expect({ code, first: out.split("\n")[0] }).toEqual({ code: 0, first: expect.stringMatching(/^5120-2 issues for bank 5120 from now on, until 2036-/) as string });
    expect(out).toContain("It signs with RSA_SHA256.");
    expect(out).toContain("5120-1 is retired: it answers for its 1 active certificate until that ends. Certificates whose enrollment is pending still come from it.");
    expect(out).toContain("Proxies that verify clients need 5120-2 in their CA file and its CRL first: docs/proxies/README.md.");
    const crl = await fetch(`${server.base}/pki/5120-2.crl`);
    expect(opensslPrints(["crl", "-inform", "DER", "-noout", "-text"], Buffer.from(await crl.arrayBuffer()))).toMatch(/CN = Shomei Issuing CA 5120-2[\s\S]+sha256WithRSAEncryption/);

    const master = await server.signIn("keir001");
    const [user] = await server.ask<{ nodes: { id: string; version: number }[] }>(
      "users", '{ users(filter: {text: "keir003"}) { nodes { id version } } }', {}, master).then(({ nodes }) => nodes);
    const { certificate, enrollmentCode } = await server.ask<{ certificate: { serialNumber: string }; enrollmentCode: string }>(
      "reissueCertificate", "mutation ($input: ReissueCertificateInput!) { reissueCertificate(input: $input) { certificate { serialNumber } enrollmentCode } }",
      { input: { userId: user?.id, expectedVersion: user?.version, reason: "UNSPECIFIED" } }, master);
    const csr = opensslPrints(["req", "-new", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", join(folder, "key.pem"), "-subj", "/CN=x"]);
    const enrolled = await server.ask<{ certificate: { serialNumber: string; issuer: string } }>(
      "enrollCertificate", "mutation ($input: EnrollCertificateInput!) { enrollCertificate(input: $input) { certificate { serialNumber issuer } } }",
      { input: { csr, enrollmentCode } }, await server.signIn("keir003"));
    expect(enrolled.certificate.serialNumber).toBe(certificate.serialNumber);
    expect(enrolled.certificate.issuer).toContain("CN=Shomei Issuing CA 5120-2");
  });

  it("publishes the root's list, if it is due", async () => {
    expect(await ca(["crl"])).toMatchObject({ code: 0, out: expect.stringMatching(/^The root's list has number 1 and is good until \d{4}-\d\d-\d\d\.\n$/) as string });
  });

  it("backs up certificates and sealed keys, from which the same CAs are opened elsewhere", async () => {
    const backup = join(folder, "backup");
    expect(await ca(["backup", backup])).toMatchObject({ code: 0, out: expect.stringContaining("certificate and sealed key of 5120-1, 5120-2, root-1.") as string });
    expect(statSync(join(backup, "root-1.key.pem")).mode & 0o077).toBe(0);
    expect(readFileSync(join(backup, "5120-1.key.pem"), "utf8")).toMatch(/^-----BEGIN ENCRYPTED PRIVATE KEY-----/);
    for (const line of readFileSync(join(backup, "SHA256SUMS"), "utf8").trim().split("\n")) {
      const [sum, name = ""] = line.split("  ");
      expect(opensslPrints(["dgst", "-sha256", "-r", join(backup, name)]).split(" ")[0]).toBe(sum);
    }

    const restored = join(folder, "restored");
    cpSync(backup, join(restored, "ca"), { recursive: true });
    const passphrase = join(restored, "passphrase");
    copyFileSync(join(dataDir(), "ca", "passphrase"), passphrase);
    if (engine === "sqlite") cpSync(join(dataDir(), "shomei.sqlite"), join(restored, "shomei.sqlite"));
    if (engine === "sqlite") cpSync(join(dataDir(), "shomei.sqlite-wal"), join(restored, "shomei.sqlite-wal"));
    const { code, out } = await ca(["list"], { DATA_DIR: restored, SHOMEI_CA_PASSPHRASE_FILE: passphrase });
    expect(code).toBe(0);
    expect(out.match(/ {2}here$/gm)).toHaveLength(3);
  });

  it.each([
    ["without a command", [], "npm run ca -- list"],
    ["for what it doesn't know", ["lst"], 'unknown command "lst"\n\nnpm run ca -- list'],
    ["for a word too many", ["rotate", "5120", "extra"], "rotate takes a bank code and no more: extra\n\nnpm run ca -- list"],
    ["for a word where none is taken", ["list", "x"], "list takes nothing and no more: x\n\nnpm run ca -- list"],
    ["for a key where none is made", ["list", "--key", "P-384"], "list takes no --key"],
    ["for a bank that isn't there", ["rotate", "9999"], "there is no bank 9999"],
    ["without a bank", ["rotate"], "rotate needs a bank code\n\nnpm run ca -- list"],
    ["without a folder", ["backup"], "backup needs a folder\n\nnpm run ca -- list"],
    ["to make a CA where there is one", ["make", "5120"], "rotate it"],
    ["for a kind of key that isn't used", ["rotate", "5120", "--key", "RSA-1024"], "--key is one of P-256, P-384, RSA-3072"],
    ["for an option that isn't there", ["list", "--all"], "Unknown option '--all'"],
    ["to back up over something", ["backup", "."], "is not empty"],
  ])("refuses %s, in words and with exit code 2", async (_what, args, complaint) => {
    const { code, complaint: said } = await ca(args);
    expect(code).toBe(2);
    expect(said).toContain(complaint);
    expect(said).not.toContain("    at ");
  });

  it.each([["--help"], ["help"]])("says how it is used: %s", async (word) => {
    expect(await ca([word])).toMatchObject({ code: 0, out: expect.stringMatching(/^npm run ca -- list\n/) as string, complaint: "" });
  });

  it("makes no CA with another address than the server's, unless it is told so", async () => {
    const before = (await ca(["list"])).out;
    expect(await ca(["rotate", "5120"], { SHOMEI_PKI_URL: "" })).toMatchObject({
      code: 2, out: "",
      complaint: "the CAs on record say http://pki.shinkin.example, this environment says http://127.0.0.1:4000: run it with the server's environment, or set SHOMEI_PKI_URL\n",
    });
    expect((await ca(["list"])).out).toBe(before);

    expect(await ca(["rotate", "5120"], { SHOMEI_PKI_URL: "http://new.shinkin.example" })).toMatchObject({
      code: 0, out: expect.stringContaining("Its certificate: http://new.shinkin.example/pki/5120-3.cer") as string,
    });
  });

  it("says so where a backup has no keys to keep", async () => {
    const [elsewhere, backup] = [join(folder, "elsewhere"), join(folder, "keyless")];
    if (engine === "sqlite") cpSync(dataDir(), elsewhere, { recursive: true, filter: (file) => !file.endsWith(".key.pem") });
    expect(await ca(["backup", backup], { DATA_DIR: elsewhere })).toMatchObject({
      code: 0, out: `${backup}: certificate of 5120-1, 5120-2, 5120-3, root-1.\nNo keys: they are in a token or on another machine.\n`,
    });
  });

  if (engine === "sqlite") {
    it("makes nothing where there is no database", async () => {
      const nowhere = join(folder, "nowhere");
      expect(await ca(["list"], { DATA_DIR: nowhere })).toMatchObject({
        code: 2, complaint: `there is no database at ${join(nowhere, "shomei.sqlite")}: start the server first, or set DATA_DIR\n`,
      });
      expect(existsSync(nowhere)).toBe(false);
    });
  }

  it("refuses to open the keys with another passphrase", async () => {
    expect(await ca(["list"], { SHOMEI_CA_PASSPHRASE: "another" })).toMatchObject({ code: 2, complaint: expect.stringContaining("can't be opened with this passphrase") as string });
  });
});
