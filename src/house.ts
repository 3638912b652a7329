import { mkdirSync } from "node:fs";
import { join } from "node:path";
import type { DataSource } from "typeorm";
import { hasActiveCertificate } from "./certificates/certificateStore.js";
import { finishEnrollments } from "./certificates/finishEnrollment.js";
import { openIssuers } from "./certificates/openIssuers.js";
import { hasDemoBank, seedDemoBank, seedDemoContracts } from "./demo/demoBank.js";
import { systemClock } from "./foundation/clock.js";
import { ConfigError, type Config } from "./foundation/config.js";
import { durabilityFault } from "./foundation/database/durability.js";
import { openDatabase } from "./foundation/database/openDatabase.js";
import type { Desk, Log } from "./foundation/desk.js";
import type { FrontDesk } from "./graphql/RequestContext.js";
import { newSerialNumber } from "./pki/serialNumber.js";
import { fileVault, passphraseFor } from "./pki/Vault.js";

/** Builds the house from the ground up: database, CA keys, demo bank, what a crash left behind. */
export async function openHouse(config: Config, source: DataSource, log: Log): Promise<FrontDesk> {
  mkdirSync(config.dataDir, { recursive: true, mode: 0o700 }); // password hashes and CA keys are nobody else's
  const db = await openDatabase(source);
  try {
    const fault = await durabilityFault(db);
    if (fault) log.warn({}, fault);

    const ground: Desk = { db, clock: systemClock, log };
    if (!config.isLoopback && (await hasDemoBank(ground))) {
      throw new ConfigError("HOST", "the loopback: this database holds the demo bank, whose passwords are public");
    }
    if (config.demo) await seedDemoBank(ground);

    const vaultDir = join(config.dataDir, "ca");
    const passphrase = passphraseFor(vaultDir, { passphrase: config.caPassphrase, file: config.caPassphraseFile });
    const issuers = await openIssuers(ground, fileVault(vaultDir, passphrase));

    const { blockedKeys, signInFloorMs } = config;
    const desk: FrontDesk = { ...ground, issuers, newSerialNumber, blockedKeys, signInFloorMs, hasActiveCertificate };
    if (config.demo) await seedDemoContracts(desk, config.demo.password);
    await finishEnrollments(desk);
    return desk;
  } catch (error) {
    await db.close();
    throw error;
  }
}
