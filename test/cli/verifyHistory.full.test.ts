import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import Database from "better-sqlite3";
import { engine, freshDatabase, type FreshDatabase } from "../support/engine.js";
import { aCsr } from "../support/csr.js";
import { program } from "../support/program.js";
import { RunningServer } from "../support/RunningServer.js";
import { createConnection } from "mysql2/promise";

// As whoever runs the server does it: the command, the exports, the independent verifier, the backup that was put back.

let database: FreshDatabase;
let dir: string;

beforeEach(async () => {
  database = await freshDatabase();
  dir = mkdtempSync(join(tmpdir(), "shomei-verify-"));
});
afterEach(async () => {
  RunningServer.stopAll();
  await database.drop();
  rmSync(dir, { recursive: true, force: true });
});

const data = () => join(dir, "data");
const environment = () => ({ DATA_DIR: data(), SHOMEI_DEMO: "1", SHOMEI_CHECKPOINT_SECONDS: "1", ...(database.url ? { DATABASE_URL: database.url } : {}) });
const start = () => RunningServer.start(environment());

async function command(script: string, ...args: string[]) {
  const env = Object.entries(environment()).map(([name, value]) => `${name}=${value}`);
  const { ok, out, complaint } = await program("env", ["-u", "DATABASE_URL", "-u", "NODE_OPTIONS", ...env, "sh", "-c", `"$0" "$@"; echo "exit $?"`, process.execPath, `dist/src/cli/${script}.js`, ...args]);
  expect(ok).toBe(true);
  return { code: Number(/exit (\d+)\n$/.exec(out)?.[1]), said: out.replace(/exit \d+\n$/, "") + complaint };
}
const verify = (...args: string[]) => command("verifyHistory", ...args);
const python = async (...args: string[]) => {
  const { out } = await program("sh", ["-c", `python3 test/interop/verify_history.py "$@"; echo "exit $?"`, "sh", ...args]);
  return Number(/exit (\d+)\n$/.exec(out)?.[1]);
};

const REISSUE = "mutation ($input: ReissueCertificateInput!) { reissueCertificate(input: $input) { certificate { serialNumber } revokedCertificate { serialNumber } userErrors { code } } }";

async function reissue(server: RunningServer, loginId = "keir002") {
  const master = await server.signIn("keir001");
  const { nodes } = await server.ask<{ nodes: { id: string; version: number }[] }>("users", `{ users(filter: { text: "${loginId}" }) { nodes { id version } } }`, {}, master);
  return server.ask<{ revokedCertificate: { serialNumber: string } | null }>("reissueCertificate", REISSUE, { input: { userId: nodes[0]?.id, expectedVersion: nodes[0]?.version } }, master);
}

async function sql(...statements: string[]): Promise<void> {
  if (database.url) {
    const { hostname, port, username, password, pathname } = new URL(database.url);
    const connection = await createConnection({ host: hostname, port: Number(port), user: username, password, database: pathname.slice(1) });
    for (const statement of statements) await connection.query(statement);
    await connection.end();
  } else {
    const connection = new Database(join(data(), "shomei.sqlite"));
    for (const statement of statements) connection.exec(statement);
    connection.close();
  }
}

async function download(server: RunningServer, path: string, token: string, file: string): Promise<string> {
  const response = await fetch(`${server.base}${path}`, { headers: { authorization: `Bearer ${token}` } });
  expect(response.status).toBe(200);
  const at = join(dir, file);
  writeFileSync(at, await response.text());
  return at;
}

it("verifies the database beside the server, exports that another program verifies as well, and tells whole, broken and unreadable apart", async () => {
  const server = await start();
  await reissue(server);
  await reissue(server, "keir003");
  const staff = await server.ask<{ sessionToken: string }>("signInOperator", 'mutation { signInOperator(input: {bankCode: "5120", loginId: "desk001", password: "Shomei-demo-1"}) { sessionToken } }', {});
  await new Promise((resolve) => setTimeout(resolve, 2_500)); // a checkpoint
  const master = await server.signIn("keir001");
  expect(await verify()).toMatchObject({ code: 0, said: expect.stringMatching(/^whole: bank 5120: \d+ of \d+ entries, \d+ checkpoints agree, \d+ of them kept outside\n/m) as string });

  const key = join(dir, "key.pem");
  writeFileSync(key, await (await fetch(`${server.base}/history/key.pem`)).text());
  const kept = join(dir, "kept");
  writeFileSync(kept, await (await fetch(`${server.base}/history/5120/checkpoints`)).text());
  const proofs = await download(server, "/usage-history.jsonl", master, "proofs.jsonl");
  const chain = await download(server, "/usage-history.jsonl", staff.sessionToken, "chain.jsonl");
  const exported = join(dir, "exported.jsonl");
  writeFileSync(exported, (await verify("--export", "5120")).said);

  for (const file of [proofs, chain, exported]) {
    expect([file, (await verify("--file", file, "--key", key)).code, await python(key, file)]).toEqual([file, 0, 0]);
    const good = readFileSync(file, "utf8");
    const tampered: [string, number][] = [
      [good.replace('"outcome":"SUCCEEDED"', '"outcome":"REFUSED"'), 1],
      [good.split("\n").slice(0, -2).join("\n") + "\n", 1],
      [good.replace(/"number":2,/, '"number":3,'), 1],
      [good.replace("shomei-history/1", "shomei-history/9"), 2],
      ["", 2], ["hello\n", 2],
    ];
    for (const [text, expected] of tampered) {
      const at = join(dir, "tampered.jsonl");
      writeFileSync(at, text);
      expect([file, text.slice(0, 40), (await verify("--file", at, "--key", key)).code, await python(key, at)]).toEqual([file, text.slice(0, 40), expected, expected]);
    }
  }
  expect((await verify("--file", exported, "--key", key, "--checkpoints", kept)).code).toBe(await python(key, exported, kept));
  for (const args of [["--file", join(dir, "nowhere"), "--key", key], ["--file", chain], ["--bank", "9999"], ["--from", "x"], ["--nonsense"], ["--key", chain], ["--from", "9", "--until", "3"], ["--export", "5120", "--from", "5000"], ["--checkpoints", chain]]) expect([args, (await verify(...args)).code]).toEqual([args, 2]);

  await server.stop();
  const drop = "DROP TRIGGER tr_usage_history_update";
  await sql(drop, "UPDATE usage_history SET note = 'nothing happened' WHERE action = 'CERTIFICATE_REISSUE'");
  const found = await verify();
  expect(found.code).toBe(1);
  expect(found.said).toMatch(/BROKEN: bank 5120: the entry \d+ isn't what was sealed \([0-9A-Z]{26}\) \[ENTRY_CHANGED\]; \d+ entries before it are whole/);
}, 120_000);

const onSqlite = engine === "sqlite" ? it : it.skip;

onSqlite("what ended a moment before a crash is known outside: no backup of before it is served", async () => {
  const first = await start();
  await first.stop();
  const backup = join(dir, "backup.sqlite");
  copyFileSync(join(data(), "shomei.sqlite"), backup);
  const second = await RunningServer.start({ ...environment(), SHOMEI_CHECKPOINT_SECONDS: "3600" });
  await reissue(second);
  await new Promise((resolve) => setTimeout(resolve, 600));
  await second.stop("SIGKILL");
  for (const name of ["shomei.sqlite-wal", "shomei.sqlite-shm"]) rmSync(join(data(), name), { force: true });
  copyFileSync(backup, join(data(), "shomei.sqlite"));
  await expect(start()).rejects.toThrow(/is behind what is kept of it/);
}, 60_000);

onSqlite("a history that is another one, sealed anew and longer, isn't taken for a backup", async () => {
  const first = await start();
  await reissue(first);
  await first.stop();
  await sql("DROP TRIGGER tr_history_seals_update", "UPDATE history_seals SET head = leaf WHERE number = (SELECT MAX(size) FROM history_heads)");
  await expect(start()).rejects.toThrow(/was another one/);
  expect(await command("restored")).toMatchObject({ code: 2, said: expect.stringMatching(/isn't a shorter one but another one: somebody changed it\. Nothing was changed/) as string });
  expect(await command("restored", "--accept-other-history")).toMatchObject({ code: 0, said: expect.stringMatching(/The history of 5120 is another one than it was, and it says so/) as string });
}, 60_000);

onSqlite("a backup that was put back isn't served: what was revoked since would be good again; with the published lists it is revoked again", async () => {
  const first = await start();
  await first.stop();
  const backup = join(dir, "backup");
  mkdirSync(backup);
  copyFileSync(join(data(), "shomei.sqlite"), join(backup, "shomei.sqlite"));

  const second = await start();
  const { revokedCertificate } = await reissue(second);
  expect(revokedCertificate?.serialNumber).toBe("40d3f10ed5f8b9da51d20dee830eca8b19");
  const list = join(dir, "5120-1.crl");
  writeFileSync(list, Buffer.from(await (await fetch(`${second.base}/pki/5120-1.crl`)).arrayBuffer()));
  await second.stop();
  for (const name of ["shomei.sqlite-wal", "shomei.sqlite-shm"]) rmSync(join(data(), name), { force: true });
  copyFileSync(join(backup, "shomei.sqlite"), join(data(), "shomei.sqlite"));

  await expect(start()).rejects.toThrow(/the database is behind what is kept of it[\s\S]*the history of 5120 had \d+ entries[\s\S]*npm run restored/);
  expect((await verify()).said).toMatch(/BROKEN: bank 5120: the checkpoint of .* knows \d+ entries, here are \d+: the tail was cut \[TAIL_CUT\]/);
  expect(await command("restored")).toMatchObject({ code: 2, said: expect.stringMatching(/the revocation list of 5120-1 with the number 1 or a higher one is needed; nothing was changed/) as string });
  await expect(start()).rejects.toThrow(/behind/);
  const accepted = await command("restored", list);
  expect(accepted).toMatchObject({ code: 0 });
  expect(accepted.said).toMatch(/5120-1: list 1 taken over, 1 certificates revoked again\.\n2 openings were withdrawn: their holders have them reissued\.\nThe history of 5120: \d+ entries are lost, and it says so\.\n/);

  const third = await start();
  const master = await third.signIn("keir001");
  const certificate = await third.ask<{ status: string }>("certificate", '{ certificate(serialNumber: "40d3f10ed5f8b9da51d20dee830eca8b19") { status } }', {}, master);
  expect(certificate.status).toBe("REVOKED");
  const { nodes } = await third.ask<{ nodes: { before: string }[] }>("usageHistory", "{ usageHistory(filter: { action: [DATABASE_RESTORE] }) { nodes { before } } }", {}, master);
  expect(nodes).toHaveLength(1); // the certificate's; that of the chain is the bank's own
  // A code of before is worth nothing: it may have been used since, and its serial be somebody's.
  const holder = await third.signIn("keir102");
  const { userErrors } = await third.ask<{ userErrors: object[] }>("enrollCertificate", "mutation ($input: EnrollCertificateInput!) { enrollCertificate(input: $input) { userErrors { code } } }", { input: { csr: aCsr().pem, enrollmentCode: "DEM0-DEM0-DEM0-0102" } }, holder);
  expect(userErrors).toMatchObject([{ code: "CERTIFICATE_REVOKED" }]);
  await third.stop();
  expect(await command("restored", list)).toMatchObject({ code: 2, said: expect.stringMatching(/isn't behind what is kept of it: nothing was changed/) as string });
}, 120_000);
