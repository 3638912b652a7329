import BetterSqlite3 from "better-sqlite3";
import mysql from "mysql2/promise";
import { systemClock } from "../../src/foundation/clock.js";
import { newId } from "../../src/foundation/ids.js";
import { newSerialNumber } from "../../src/pki/serialNumber.js";
import type { Row } from "./database.js";

type Run = (sql: string, params?: readonly unknown[]) => Promise<Row[]>;

/** Gives the demo bank's Master more users, each like keir002: with its password and its active certificate. The last one's serial. */
export async function aFullContract(where: string, howMany: number): Promise<string> {
  const { run, close } = await openWriter(where);
  const [user] = await run("SELECT * FROM users WHERE login_id = 'keir002'");
  const [password] = await run("SELECT * FROM passwords WHERE user_id = ? AND kind = 'LOGIN'", [user?.id]);
  const [certificate] = await run("SELECT * FROM certificates WHERE user_id = ? AND is_current = 1", [user?.id]);
  let serialNumber = "";
  await run("BEGIN");
  for (let number = 1; number <= howMany; number++) {
    const id = newId(systemClock.now());
    const loginId = `user${String(number).padStart(4, "0")}`;
    serialNumber = newSerialNumber();
    await insert(run, "users", { ...user, id, login_id: loginId, display_name: `経理担当者${String(number)}`, search_text: loginId });
    await insert(run, "passwords", { ...password, user_id: id });
    await insert(run, "certificates", { ...certificate, id: newId(systemClock.now()), user_id: id, serial_number: serialNumber });
  }
  await run("COMMIT");
  await close();
  return serialNumber;
}

async function insert(run: Run, table: string, row: Row): Promise<void> {
  const columns = Object.keys(row);
  await run(`INSERT INTO ${table} (${columns.join(", ")}) VALUES (${columns.map(() => "?").join(", ")})`, Object.values(row));
}

async function openWriter(where: string): Promise<{ run: Run; close: () => Promise<void> }> {
  if (where.startsWith("mysql://")) {
    const connection = await mysql.createConnection({ uri: where, timezone: "Z", charset: "utf8mb4_bin" });
    return { run: async (sql, params = []) => (await connection.query(sql, [...params]))[0] as Row[], close: () => connection.end() };
  }
  const database = new BetterSqlite3(where, { timeout: 5_000 });
  const run: Run = (sql, params = []) => {
    const statement = database.prepare(sql);
    if (statement.reader) return Promise.resolve(statement.all(...params) as Row[]);
    statement.run(...params);
    return Promise.resolve([]);
  };
  return { run, close: () => { database.close(); return Promise.resolve(); } };
}
