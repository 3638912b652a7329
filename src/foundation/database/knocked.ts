import { createConnection } from "mysql2/promise";
import type { Host, ServerSettings } from "../databaseSettings.js";

export const CONNECT_TIMEOUT_MS = 2_000;

/** What a host says of itself when a new connection asks. Throws where it doesn't answer in time, or lets nobody in. */
export async function knocked(host: Host, { user, password, database }: ServerSettings): Promise<{ version: string; isReady: boolean }> {
  const connection = await createConnection({ ...host, user, password, database, connectTimeout: CONNECT_TIMEOUT_MS });
  try {
    const ask = async (sql: string) => (await connection.query({ sql, timeout: CONNECT_TIMEOUT_MS }))[0] as Record<string, string>[];
    const [versions] = await ask("SELECT VERSION() AS version");
    // Galera's: a node without quorum, or that is being brought up to date, answers but doesn't serve. Unknown elsewhere.
    const [ready] = await ask("SHOW STATUS LIKE 'wsrep_ready'");
    return { version: versions?.version ?? "", isReady: ready === undefined || ready.Value === "ON" };
  } finally {
    connection.destroy();
  }
}
