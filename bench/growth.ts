// Whether lists, searches and look-ups take no longer for a bank of a million users than for one of ten thousand:
// `node dist/bench/growth.js [--size 100000] [--engine sqlite|mariadb]`. The folder is gone afterwards; the full size takes
// some 20 GB of it for a while, one database after the other.
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { createConnection } from "mysql2/promise";
import { openDatabase } from "../src/foundation/database/openDatabase.js";
import type { Database } from "../src/foundation/database/Database.js";
import { findMariaDb, ThrowawayMariaDb } from "../test/support/ThrowawayMariaDb.js";
import { askedOf, foundBank, loadBank, sourceAt, type Place } from "./growth/loadBank.js";
import { Population, sizeOf } from "./growth/population.js";
import { questions, type Asked } from "./growth/questions.js";

export interface GrowthRow {
  name: string;
  engine: "sqlite" | "mariadb";
  /** Milliseconds, medians. */
  small: number;
  big: number;
  /** Big by small, at least a tenth of a millisecond each: below, it is the clock's own noise. */
  ratio: number;
  target: number;
  met: boolean;
}

export interface GrowthOptions {
  /** Users of the large bank; the small one has 10,000. */
  users?: number;
  engines?: readonly GrowthRow["engine"][];
  rounds?: number;
  tell?: (what: string) => void;
}

const SMALL = 10_000;
const TARGET = 2;
/** A count ends at 10,000, and of some lists the small bank has but a tenth of it. */
const COUNTS_TARGET = 10;
const LEAST_MS = 0.1;
const NOW = new Date("2026-11-24T01:00:00.000Z");

/** Loads a small bank and a large one into each database, and asks both the same, in turn. */
export async function growth({ users = 1_000_000, engines = ["sqlite", "mariadb"], rounds = 41, tell = console.log }: GrowthOptions = {}): Promise<GrowthRow[]> {
  const rows: GrowthRow[] = [];
  for (const engine of engines) {
    const binary = findMariaDb();
    if (engine === "mariadb" && binary === undefined) {
      tell("MariaDB: no server binary (mariadbd) was found");
      continue;
    }
    const folder = mkdtempSync(join(process.env.SHOMEI_BENCH_DIR ?? tmpdir(), "shomei-growth-")); // on the disk: memory wouldn't hold it
    const server = engine === "mariadb" && binary !== undefined ? await ThrowawayMariaDb.start(binary, undefined, { dir: join(folder, "server"), options: SERVER_OPTIONS }) : undefined;
    const opened: Database[] = [];
    try {
      const [small, big] = [await loaded(SMALL, "small"), await loaded(users, "big")];
      rows.push(...(await compared(engine, small, big, rounds, tell)));
    } finally {
      for (const db of opened) await db.close();
      await server?.stop();
      rmSync(folder, { recursive: true, force: true });
    }

    async function loaded(count: number, name: string): Promise<Asked> {
      const population = new Population(sizeOf(count), NOW);
      const place: Place = server ? { url: await databaseOf(server, name) } : { file: join(folder, `${name}.sqlite`) };
      const first = await openDatabase(await sourceAt(place, folder));
      await foundBank(first, population);
      await first.close();
      const log = (what: string) => { tell(`  ${engine}, ${count.toLocaleString("en")} users: ${what}`); };
      await loadBank(population, place, true, log);
      log(`${execFileSync("du", ["-sm", folder]).toString().split("\t")[0] ?? "?"} MB on the disk by now`);
      const db = await openDatabase(await sourceAt(place, folder));
      opened.push(db);
      return askedOf(db, population);
    }
  }
  return rows;
}

/** To load in minutes; what is read afterwards is in memory on either side. */
const SERVER_OPTIONS = [
  "--innodb-buffer-pool-size=3G", "--innodb-flush-log-at-trx-commit=0", "--innodb-doublewrite=0", "--innodb-log-file-size=1G", "--innodb-sort-buffer-size=64M", "--local-infile=1",
];

async function databaseOf(server: ThrowawayMariaDb, name: string): Promise<string> {
  const connection = await createConnection(server.url);
  await connection.query(`CREATE DATABASE ${name}`);
  await connection.end();
  return server.url.replace(/mysql$/, name);
}

async function compared(engine: GrowthRow["engine"], small: Asked, big: Asked, rounds: number, tell: (what: string) => void): Promise<GrowthRow[]> {
  const rows: GrowthRow[] = [];
  for (const { name, ask, isCount = false } of questions) {
    const target = isCount ? COUNTS_TARGET : TARGET;
    const took: [number[], number[]] = [[], []];
    for (let round = 0; round < rounds + 3; round++) { // the first ones warm up
      for (const [index, asked] of [small, big].entries()) {
        const start = performance.now();
        await ask(asked);
        if (round >= 3) took[index]?.push(performance.now() - start);
      }
      if (round >= 8 && (took[1].at(-1) ?? 0) > 2_000) break; // it is known by then
    }
    const [before, after] = took.map(median) as [number, number];
    const ratio = Math.max(after, LEAST_MS) / Math.max(before, LEAST_MS);
    rows.push({ name, engine, small: before, big: after, ratio, target, met: ratio <= target });
    tell(`  ${ratio <= target ? " " : "!"} ${engine.padEnd(7)} ${name.padEnd(75)} ${before.toFixed(2).padStart(8)} ms ${after.toFixed(2).padStart(8)} ms  ${ratio.toFixed(2)}×`);
  }
  return rows;
}

function median(measured: readonly number[]): number {
  return [...measured].sort((one, other) => one - other)[Math.floor(measured.length / 2)] ?? NaN;
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) {
  const after = (option: string) => process.argv[process.argv.indexOf(option) + 1];
  const engine = process.argv.includes("--engine") ? (after("--engine") as GrowthRow["engine"]) : undefined;
  const rows = await growth({
    ...(process.argv.includes("--size") ? { users: Number(after("--size")) } : {}),
    ...(engine ? { engines: [engine] } : {}),
  });
  const missed = rows.filter(({ met }) => !met);
  console.log(`${String(rows.length - missed.length)} of ${String(rows.length)} within their target`);
}
