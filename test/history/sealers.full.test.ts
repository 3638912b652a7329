import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { openDatabase } from "../../src/foundation/database/openDatabase.js";
import type { Database } from "../../src/foundation/database/Database.js";
import { openSafekeeping } from "../../src/foundation/safekeeping.js";
import { PendingSeal } from "../../src/history/Seal.js";
import { verifyChain, chainsIn } from "../../src/history/verifyHistory.js";
import { Bank } from "../../src/identity/Bank.js";
import { freshDatabase, sibling, type FreshDatabase } from "../support/engine.js";
import { publicKeyIn } from "../support/publicKeyIn.js";
import { RunningServer } from "../support/RunningServer.js";

let dir: string;
let database: FreshDatabase;
let db: Database | undefined;

beforeEach(async () => {
  dir = mkdtempSync(join(tmpdir(), "shomei-sealers-"));
  database = await freshDatabase();
});
afterEach(async () => {
  RunningServer.stopAll();
  await db?.close();
  await database.drop();
  rmSync(dir, { recursive: true, force: true });
});

const start = () => RunningServer.start({
  DATA_DIR: dir, SHOMEI_DEMO: "1", SHOMEI_CHECKPOINT_SECONDS: "1", SHOMEI_SIGN_IN_FLOOR_MS: "0", ...(database.url ? { DATABASE_URL: database.url } : {}),
});

/** Wrong sign-ins at unknown IDs and at known banks, signed-out and malformed mutations: each is an entry, and nothing else. */
async function load(server: RunningServer, until: number): Promise<void> {
  for (let sent = 0; Date.now() < until; sent++) {
    const input = { bankCode: sent % 3 === 0 ? "9999" : "5120", loginId: `nobody${String(sent % 10)}`, password: "Wrong-pass-1" };
    await server.query("mutation ($input: SignInInput!) { signIn(input: $input) { userErrors { code } } }", { input }).catch(() => undefined);
  }
}

it("three processes under load seal one chain a bank, whole, each entry within a quarter of a second in the middle, and none is left over", async () => {
  const first = await start(); // it makes the demo bank and its CAs
  const servers = [first, await start(), await start()];
  const source = sibling(database.url ? { database: new URL(database.url).pathname.slice(1) } : { database: join(dir, "shomei.sqlite") });
  db = await openDatabase(source);
  const { reads } = db;
  const until = Date.now() + 7_000;
  const lags: number[] = [];
  const watching = (async () => {
    while (Date.now() < until) {
      const [oldest]: { at: Date | string | null }[] = await reads.query("SELECT MIN(h.at) AS at FROM pending_seals p JOIN usage_history h ON h.id = p.record_id");
      const at = oldest?.at;
      lags.push(at ? Date.now() - (at instanceof Date ? at : new Date(`${at.replace(" ", "T")}Z`)).getTime() : 0);
      await pause(40);
    }
  })();
  await Promise.all([...servers.flatMap((server) => [1, 2, 3].map(() => load(server, until))), watching]);
  lags.sort((a, b) => a - b);
  process.stderr.write(`sealing lag of the oldest entry: median ${String(lags[lags.length >> 1])} ms, 95th of a hundred ${String(lags[Math.floor(lags.length * 0.95)])} ms\n`);
  expect(lags[lags.length >> 1]).toBeLessThan(250);

  // One is killed, the others stop in order: nothing of what was answered may be missing or unsealed.
  await servers[0]?.stop("SIGKILL");
  for (const server of servers.slice(1)) await load(server, Date.now() + 500);
  for (const server of servers.slice(1)) expect(await server.stop()).toBe(0);
  const key = publicKeyIn(join(dir, "safekeeping", "history-key.pem"));
  const kept = openSafekeeping(join(dir, "safekeeping"));
  const [entries]: { entries: number | string }[] = await db.reads.query("SELECT COUNT(*) AS entries FROM usage_history");
  let sealed = 0;
  for (const chainId of await chainsIn(db.reads)) {
    const verdict = await verifyChain(db.reads, chainId, key, { kept: kept.checkpoints(chainId) });
    expect(verdict.wrong).toBeNull();
    expect(verdict.checkpoints).toBeGreaterThan(3);
    sealed += verdict.verified;
  }
  expect(sealed).toBe(Number(entries?.entries));
  expect(sealed).toBeGreaterThan(100);
  expect(await db.reads.countBy(PendingSeal, {})).toBe(0);
  expect(await db.reads.countBy(Bank, {})).toBe(1);
}, 120_000);
