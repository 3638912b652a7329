import { randomUUID } from "node:crypto";
import BetterSqlite3 from "better-sqlite3";
import mysql from "mysql2";
import { reissueCertificate } from "../src/certificates/reissueCertificate.js";
import { House } from "../test/support/House.js";
import { reissueOnServer, reissueOnSqlite, type ByHand } from "./byHand/reissue.js";
import { customers, type Client } from "./customers.js";
import { atOnce, cpuOf, inTurn } from "./rounds.js";

const LANES = 8;
const [rounds, warmUps, count] = [Number(process.env.R ?? 7), Number(process.env.W ?? 3), Number(process.env.N ?? 100)];

/** Each contender has a database of its own, filled alike: neither spoils the other's cache. */
async function furnished() {
  const house = await House.open();
  await house.setPolicy({ alertBurstReissues: 100 });
  return { house, clients: await customers(house, (rounds + warmUps) * count, "ACTIVE") };
}
const { house, clients } = await furnished();
const theirs = await furnished();
const ours = async ({ holder, actor }: Client) =>
  reissueCertificate(house.desk, { ...actor }, { userId: holder.id, expectedVersion: 1, reason: "DEVICE_BROKEN", idempotencyKey: randomUUID() });
const byHandOf = ({ holder, actor }: Client): ByHand => ({ master: { ...actor, requestId: "bench", address: "127.0.0.1" }, userId: holder.id, version: 1, idempotencyKey: randomUUID() });
const { file, url } = theirs.house.database;
let byHand: (c: Client) => Promise<unknown>;
let close: () => unknown;
if (file) {
  const db = new BetterSqlite3(file);
  db.pragma("synchronous = FULL"); db.pragma("foreign_keys = ON");
  const run = reissueOnSqlite(db);
  byHand = (c) => run(byHandOf(c), theirs.house.clock.now());
  close = () => db.close();
} else {
  const pool = mysql.createPool({ uri: url ?? "", timezone: "Z", connectionLimit: LANES });
  pool.on("connection", (c) => { c.query("SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED"); });
  byHand = (c) => new Promise((resolve, reject) => {
    pool.getConnection((error, connection) => {
      if (error) { reject(error); return; }
      reissueOnServer(connection, byHandOf(c), house.clock.now()).then(resolve, reject).finally(() => { connection.release(); });
    });
  });
  close = () => pool.promise().end();
}
const each = (one: (c: Client) => Promise<unknown>, all: Client[]) => async (n: number) => { const mine = all.splice(0, n); return cpuOf(() => atOnce(n, LANES, (i) => one(mine[i] as Client))); };
console.log(await inTurn({ ours: each(ours, clients), byHand: each(byHand, theirs.clients) }, { rounds, warmUps, count }));
await close();
await house.close();
await theirs.house.close();
