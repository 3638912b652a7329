import { mkdirSync } from "node:fs";
import { join } from "node:path";
import type { DataSource } from "typeorm";
import { Issuer } from "./authorities/Issuer.js";
import { openIssuers } from "./authorities/openIssuers.js";
import { hasActiveCertificate } from "./certificates/certificateStore.js";
import { certificateExaminer, holdCertificate } from "./certificates/examineCertificate.js";
import { finishEnrollments } from "./certificates/finishEnrollment.js";
import { hasDemoBank, seedDemoBank, seedDemoContracts } from "./demo/demoBank.js";
import { SECOND, systemClock } from "./foundation/clock.js";
import type { Config } from "./foundation/config.js";
import { durabilityFault } from "./foundation/database/durability.js";
import { openDatabase } from "./foundation/database/openDatabase.js";
import { openSafekeeping } from "./foundation/safekeeping.js";
import { openRateLimits } from "./foundation/rateLimits.js";
import { secretBox } from "./foundation/secretBox.js";
import { BehindError, chainsBehind, HISTORY_KEY, openHistoryKey } from "./history/checkpoints.js";
import { openMailer } from "./notices/mailer.js";
import { crlsBehind } from "./validation/crlsBehind.js";
import type { Desk, Log } from "./foundation/desk.js";
import { ConfigError } from "./foundation/environment.js";
import type { HouseDesk } from "./http/server.js";
import { openTrustedDocuments } from "./partners/trustedDocuments.js";
import { pkcs11Vault } from "./pki/pkcs11Vault.js";
import { newSerialNumber } from "./pki/serialNumber.js";
import { fileVault, firstOf, passphraseFor, secretIn, type Vault } from "./pki/Vault.js";
import { openCrls } from "./validation/openCrls.js";
import { openDirectory } from "./validation/openDirectory.js";
import { openResponders } from "./validation/openResponders.js";

/** Builds the house from the ground up: database, CA keys, demo bank, what a crash left behind. */
export async function openHouse(config: HouseConfig, source: DataSource, log: Log): Promise<HouseDesk> {
  mkdirSync(config.dataDir, { recursive: true, mode: 0o700 }); // password hashes and CA keys are nobody else's
  const safekeeping = openSafekeeping(config.safekeepingDir);
  const db = await openDatabase(source);
  try {
    const fault = await durabilityFault(db);
    if (fault) log.warn({}, fault);

    const ground: Desk = { db, clock: systemClock, log };
    const vault = await openVault(config);
    const behind = [...(await chainsBehind(ground, safekeeping, await vault.open(HISTORY_KEY))), ...(await crlsBehind(ground, safekeeping))];
    if (behind.length > 0) throw new BehindError(behind, safekeeping.folder); // before anything is written or served
    if (!config.isLoopback && (await hasDemoBank(ground))) {
      throw new ConfigError("HOST", "the loopback: this database holds the demo bank, whose passwords are public");
    }
    if (config.demo) await seedDemoBank(ground);

    const issuers = await openIssuers(ground, { vault, keyKind: config.caKeyKind, pkiUrl: config.pkiUrl });
    const { blockedKeys, signInFloorMs, crlIntervalSeconds } = config;
    const desk: HouseDesk = {
      ...ground, issuers, newSerialNumber, blockedKeys, signInFloorMs, hasActiveCertificate,
      examine: certificateExaminer(ground),
      hold: holdCertificate,
      crls: openCrls({ ...ground, issuers, safekeeping }, crlIntervalSeconds * SECOND),
      responders: openResponders(ground),
      directory: openDirectory(ground),
      rates: openRateLimits(ground, config.rates),
      documents: openTrustedDocuments(ground),
      safekeeping,
      historyKey: await openHistoryKey(vault, safekeeping),
      secrets: secretBox(vaultPassphrase(config)),
      mailer: openMailer(config.mail),
    };
    await publishRootCrl(desk);
    if (config.demo) await seedDemoContracts(desk, config.demo.password);
    await finishEnrollments(desk);
    return desk;
  } catch (error) {
    await db.close();
    throw error;
  }
}

/** While the root's key is here: it may be taken away at any time, and those who verify need its list. */
async function publishRootCrl({ db, crls }: HouseDesk): Promise<void> {
  const root = await db.reads.findOneBy(Issuer, { kind: "ROOT" });
  if (root) await crls.current(root);
}

/** The configuration, where the address in certificates has been settled. */
export type HouseConfig = Config & { pkiUrl: string };

/** Keys are made in the token where one is configured, else in files; those that are in files already go on being used. */
export async function openVault(config: Config): Promise<Vault> {
  const files = fileVault(vaultDir(config), vaultPassphrase(config));
  const { pkcs11 } = config;
  if (!pkcs11) return files;
  return firstOf([await pkcs11Vault({ module: pkcs11.module, token: pkcs11.token, pin: secretIn(pkcs11.pinFile, "the PIN") }), files]);
}

export function vaultDir({ dataDir }: Config): string {
  return join(dataDir, "ca");
}

export function vaultPassphrase(config: Config): string {
  return passphraseFor(vaultDir(config), { passphrase: config.caPassphrase, file: config.caPassphraseFile });
}
