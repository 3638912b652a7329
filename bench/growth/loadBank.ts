import type { DataSource } from "typeorm";
import configured from "../../ormconfig.js";
import { readConfig } from "../../src/foundation/config.js";
import { dataSourceFor, type Model } from "../../src/foundation/database/dataSource.js";
import { newId } from "../../src/foundation/ids.js";
import { Bank } from "../../src/identity/Bank.js";
import { Issuer } from "../../src/authorities/Issuer.js";
import type { Database } from "../../src/foundation/database/Database.js";
import type { Actor } from "../../src/policy/Actor.js";
import { bulkIntoServer, bulkIntoSqlite, type Bulk } from "./bulk.js";
import type { Population } from "./population.js";
import type { Asked } from "./questions.js";

/** Where a bank is put: a file of the embedded database, or an empty database of a server. */
export type Place = { file: string } | { url: string };

/** Puts a bank into tables that are there, and are nobody else's for the while if ALONE. Telling what it is at. */
export async function loadBank(population: Population, place: Place, isAlone: boolean, tell: (what: string) => void): Promise<void> {
  const bulk: Bulk = "file" in place ? bulkIntoSqlite(place.file, isAlone) : await bulkIntoServer(place.url, isAlone);
  try {
    for (const { name, columns, rows } of population.tables()) {
      const start = performance.now();
      await bulk.fill(name, columns, rows());
      tell(`${name} ${((performance.now() - start) / 1_000).toFixed(1)} s`);
    }
  } finally {
    await bulk.close();
  }
}

/** The bank's own row and its CA's, which everything else refers to. */
export async function foundBank(db: Database, { bank, issuerId }: Population): Promise<void> {
  await db.transaction(async (tx) => {
    await tx.insert(Bank, bank);
    await tx.insert(Issuer, { id: issuerId, bankId: bank.id, kind: "ISSUING", name: `${bank.code}-1`, certificate: Buffer.from("none"), createdAt: bank.createdAt });
  });
}

/** A database like the configured one, elsewhere. */
export async function sourceAt(place: Place, dataDir: string): Promise<DataSource> {
  const { entities, migrations } = configured.options as unknown as Model;
  const { database } = readConfig("file" in place ? { DATA_DIR: dataDir } : { DATA_DIR: dataDir, DATABASE_URL: place.url });
  return dataSourceFor("file" in place ? { ...database, file: place.file } as typeof database : database, { entities, migrations });
}

/** A bank that was loaded, ready to be asked. */
export async function askedOf(db: Database, population: Population): Promise<Asked> {
  const { people, now } = population;
  const desk = { db, clock: { now: () => now }, log: { info: () => undefined, warn: () => undefined, error: () => undefined } };
  const origin = { requestId: "growth", address: "127.0.0.1" };
  const sessionId = newId(now);
  const master: Actor = { role: "MASTER", ...people.master, sessionId, origin };
  const operator: Actor = { role: "BANK_OPERATOR", userId: people.operatorId, loginId: "growth001", contractId: null, bankId: population.bank.id, sessionId, origin };
  const farIn = async (select: string, from: string, order: string, ofMany: number, params: string[]) => {
    const [row]: { key: string; id: string }[] = await db.reads.query(`SELECT ${select} FROM ${from} ORDER BY ${order} LIMIT 1 OFFSET ${String(Math.min(20_000, ofMany) - 25)}`, params);
    if (!row) throw new Error("a list without a far page");
    return row;
  };
  const { users, certificates, large } = population.size;
  return {
    desk, people, master, operator,
    far: {
      USERS: await farIn("login_id AS `key`, id", "users WHERE bank_id = ?", "login_id", users, [population.bank.id]),
      CONTRACT_USERS: await farIn("login_id AS `key`, id", "users WHERE contract_id = ?", "login_id", large, [people.master.contractId]),
      CERTIFICATES: await farIn("id AS `key`, id", "certificates WHERE bank_id = ?", "id DESC", certificates, [population.bank.id]),
    },
  };
}
