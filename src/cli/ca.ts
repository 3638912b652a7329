import "reflect-metadata";
import { parseArgs } from "node:util";
import { backUpIssuers, BackupError } from "../authorities/backUpIssuers.js";
import { listIssuers } from "../authorities/listIssuers.js";
import { issuersFor, MissingKeyError } from "../authorities/openIssuers.js";
import { Issuer } from "../authorities/Issuer.js";
import { rotateIssuer } from "../authorities/rotateIssuer.js";
import { systemClock } from "../foundation/clock.js";
import { readConfig } from "../foundation/config.js";
import { openDatabase } from "../foundation/database/openDatabase.js";
import type { Desk } from "../foundation/desk.js";
import { ConfigError } from "../foundation/environment.js";
import { japaneseDate } from "../foundation/japanTime.js";
import { openLog } from "../foundation/log.js";
import { openVault, vaultDir, vaultPassphrase } from "../house.js";
import { Bank } from "../identity/Bank.js";
import { KeyFileError } from "../pki/keyFile.js";
import { Pkcs11Error } from "../pki/pkcs11/Pkcs11Error.js";
import { keyKinds, type KeyKind } from "../pki/Signer.js";
import { PassphraseError } from "../pki/Vault.js";
import { openCrls } from "../validation/openCrls.js";

// `npm run ca -- …`: the CAs, for whoever runs the server. It may run meanwhile: it takes a new CA up by itself.

const USAGE = `npm run ca -- list
npm run ca -- make <bank code> [--key ${keyKinds.join("|")}]     the first CA of a bank
npm run ca -- rotate <bank code> [--key ${keyKinds.join("|")}]   a new one; the old one's certificates stay good
npm run ca -- crl                                                the root's list anew, if it is due: for when its key is kept elsewhere
npm run ca -- backup <folder>                                    certificates and sealed keys; not the passphrase
`;

/** Wrong use of the command; its message is for whoever typed it. */
class UsageError extends Error {}

const config = readConfig(process.env);
const say = (text: string) => process.stdout.write(`${text}\n`);

async function run(desk: Desk, command: string | undefined, argument: string | undefined, key: string | undefined): Promise<void> {
  switch (command) {
    case "list":
      return list(desk);
    case "make":
    case "rotate":
      return renew(desk, command, argument, keyKindOf(key));
    case "crl":
      return publishRootCrl(desk);
    case "backup":
      return backUp(desk, argument);
    case undefined:
    default:
      throw new UsageError(USAGE);
  }
}

async function list(desk: Desk): Promise<void> {
  const rows = await listIssuers(desk, await openVault(config));
  say(["CA", "bank", "role", "signs with", "ends", "active", "key"].join("\t"));
  for (const { label, bankCode, role, signatureAlgorithm, notAfter, active, isKeyHere } of rows) {
    say([label, bankCode ?? "-", role, signatureAlgorithm, japaneseDate(notAfter), active, isKeyHere ? "here" : "not here"].join("\t"));
  }
}

async function renew(desk: Desk, command: "make" | "rotate", code: string | undefined, keyKind: KeyKind): Promise<void> {
  const bank = code === undefined ? null : await desk.db.reads.findOneBy(Bank, { code });
  if (!bank) throw new UsageError(code === undefined ? USAGE : `there is no bank ${code}`);
  const hasOne = (await desk.db.reads.countBy(Issuer, { bankId: bank.id })) > 0;
  if (hasOne !== (command === "rotate")) throw new UsageError(hasOne ? `bank ${bank.code} has a CA: rotate it` : `bank ${bank.code} has no CA yet: make it`);

  const issuers = issuersFor(desk, { vault: await openVault(config), keyKind, pkiUrl: settledPkiUrl() });
  const made = hasOne ? await rotateIssuer({ ...desk, issuers }, bank, keyKind) : await issuers.make(bank, `${bank.code}-1`);
  say(`${made.label} issues for bank ${bank.code} from now on, until ${japaneseDate(made.name.notAfter)}.`);
  say(`Its certificate: ${made.addresses.certificate}. Whoever verifies needs it, and its CRL: ${made.addresses.crl}`);
}

async function publishRootCrl(desk: Desk): Promise<void> {
  const issuers = issuersFor(desk, { vault: await openVault(config), keyKind: config.caKeyKind, pkiUrl: settledPkiUrl() });
  const root = await desk.db.reads.findOneBy(Issuer, { kind: "ROOT" });
  if (!root) throw new UsageError("there is no root yet: start the server first");
  const crl = await openCrls({ ...desk, issuers }, 0).current(root);
  if (!crl) throw new MissingKeyError(root.name);
  say(`The root's list has number ${String(crl.number)} and is good until ${japaneseDate(crl.nextUpdate)}.`);
}

async function backUp(desk: Desk, folder: string | undefined): Promise<void> {
  if (folder === undefined) throw new UsageError(USAGE);
  const { whole, withoutKey } = await backUpIssuers(desk, { dir: vaultDir(config), passphrase: vaultPassphrase(config) }, folder);
  say(`${folder}: certificate and sealed key of ${whole.join(", ") || "no CA"}. The passphrase is not in it: keep that elsewhere.`);
  if (withoutKey.length > 0) say(`The certificate alone of ${withoutKey.join(", ")}: the key is in a token or on another machine.`);
}

function keyKindOf(text: string | undefined): KeyKind {
  const kind = keyKinds.find((one) => one === (text ?? config.caKeyKind));
  if (!kind) throw new UsageError(`--key is one of ${keyKinds.join(", ")}`);
  return kind;
}

function settledPkiUrl(): string {
  if (config.pkiUrl === undefined) throw new ConfigError("SHOMEI_PKI_URL", "the address that relying parties know, since PORT is 0");
  return config.pkiUrl;
}

async function main(): Promise<void> {
  const { positionals, values } = parseArgs({ allowPositionals: true, options: { key: { type: "string" } } });
  const { default: source } = await import("../../ormconfig.js");
  const desk: Desk = { db: await openDatabase(source), clock: systemClock, log: openLog("warn") };
  try {
    await run(desk, positionals[0], positionals[1], values.key);
  } finally {
    await desk.db.close();
  }
}

try {
  await main();
} catch (error) {
  const isTheirs = [UsageError, ConfigError, BackupError, KeyFileError, PassphraseError, MissingKeyError, Pkcs11Error].some((type) => error instanceof type);
  const { message = String(error), stack, code } = error as { message?: string; stack?: string; code?: unknown };
  const isUsage = typeof code === "string" && code.startsWith("ERR_PARSE_ARGS");
  process.stderr.write(`${isTheirs || isUsage ? message : (stack ?? message)}\n`);
  process.exitCode = isTheirs || isUsage ? 2 : 1;
}
