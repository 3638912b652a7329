import { backUpIssuers } from "../authorities/backUpIssuers.js";
import { Issuer } from "../authorities/Issuer.js";
import { listIssuers } from "../authorities/listIssuers.js";
import { MissingKeyError, type IssuerInUse, type Issuers } from "../authorities/Issuers.js";
import { issuersFor } from "../authorities/issuersFor.js";
import { pkiUrlIn } from "../authorities/pkiUrlIn.js";
import { rotateIssuer } from "../authorities/rotateIssuer.js";
import type { Config } from "../foundation/config.js";
import type { Desk } from "../foundation/desk.js";
import { ConfigError } from "../foundation/environment.js";
import { japaneseDate } from "../foundation/japanTime.js";
import { openSafekeeping } from "../foundation/safekeeping.js";
import { OperatorError } from "../foundation/OperatorError.js";
import { openVault, vaultDir, vaultPassphrase } from "../house.js";
import { Bank } from "../identity/Bank.js";
import type { KeyKind } from "../pki/Signer.js";
import { openCrls } from "../validation/openCrls.js";

// What `npm run ca` can do; what it understands stands in ca.ts.

export interface Request {
  desk: Desk;
  config: Config;
  /** What the command takes: a bank's code, or a folder. */
  word: string;
  keyKind: KeyKind;
}

const say = (text: string) => process.stdout.write(`${text}\n`);

export async function list({ desk, config }: Request): Promise<void> {
  const facts = await listIssuers(desk, await openVault(config));
  const rows = facts.map(({ label, bankCode, role, signatureAlgorithm, notAfter, active, isKeyHere }) =>
    [label, bankCode ?? "-", role, signatureAlgorithm, japaneseDate(notAfter), String(active), isKeyHere ? "here" : "not here"]);
  const table = [["CA", "bank", "role", "signs with", "ends", "active", "key"], ...rows];
  const widths = table[0]?.map((_, column) => Math.max(...table.map((row) => row[column]?.length ?? 0))) ?? [];
  for (const row of table) say(row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join("  ").trimEnd());
}

export async function make({ desk, config, word, keyKind }: Request): Promise<void> {
  const bank = await bankOf(desk, word);
  if ((await desk.db.reads.countBy(Issuer, { bankId: bank.id })) > 0) throw new OperatorError(`bank ${bank.code} has a CA: rotate it`);
  const made = await (await issuersOf(desk, config, keyKind, bank)).make(bank, `${bank.code}-1`);
  sayMade(bank, made);
  say("Whoever verifies needs its certificate and its CRL.");
}

export async function rotate({ desk, config, word, keyKind }: Request): Promise<void> {
  const bank = await bankOf(desk, word);
  const [old] = await desk.db.reads.find(Issuer, { where: { bankId: bank.id }, order: { id: "DESC" }, take: 1 });
  if (!old) throw new OperatorError(`bank ${bank.code} has no CA yet: make it`);
  const issuers = await issuersOf(desk, config, keyKind, bank);
  // Counted first: what fails then has changed nothing.
  const { active = 0 } = (await listIssuers(desk, await openVault(config))).find(({ label }) => label === old.name) ?? {};
  const made = await rotateIssuer({ ...desk, issuers }, bank, keyKind);
  sayMade(bank, made);

  const itsOwn = active === 0 ? "it has no active certificates"
    : active === 1 ? "it answers for its 1 active certificate until that ends"
      : `it answers for its ${String(active)} active certificates until they end`;
  say(`${old.name} is retired: ${itsOwn}. Certificates whose enrollment is pending still come from it.`);
  say(`Proxies that verify clients need ${made.label} in their CA file and its CRL first: docs/proxies/README.md.`);
}

function sayMade(bank: Bank, { label, name, addresses }: IssuerInUse): void {
  say(`${label} issues for bank ${bank.code} from now on, until ${japaneseDate(name.notAfter)}. It signs with ${name.algorithm}.`);
  say(`Its certificate: ${addresses.certificate}  Its CRL: ${addresses.crl}`);
}

export async function publishRootCrl({ desk, config, keyKind }: Request): Promise<void> {
  const issuers = issuersFor(desk, { vault: await openVault(config), keyKind, pkiUrl: settledPkiUrl(config) });
  const root = await desk.db.reads.findOneBy(Issuer, { kind: "ROOT" });
  if (!root) throw new OperatorError("there is no root yet: start the server first");
  const crl = await openCrls({ ...desk, issuers, safekeeping: openSafekeeping(config.safekeepingDir) }, 0).current(root);
  if (!crl) throw new MissingKeyError(root.name);
  say(`The root's list has number ${String(crl.number)} and is good until ${japaneseDate(crl.nextUpdate)}.`);
}

export async function backUp({ desk, config, word: folder }: Request): Promise<void> {
  const { whole, withoutKey } = await backUpIssuers(desk, { dir: vaultDir(config), passphrase: vaultPassphrase(config) }, folder);
  if (whole.length === 0) {
    say(`${folder}: ${withoutKey.length === 0 ? "there is no CA yet" : `certificate of ${withoutKey.join(", ")}`}.`);
    if (withoutKey.length > 0) say("No keys: they are in a token or on another machine.");
    return;
  }
  say(`${folder}: certificate and sealed key of ${whole.join(", ")}. The passphrase is not in it: keep that elsewhere.`);
  if (withoutKey.length > 0) say(`The certificate alone of ${withoutKey.join(", ")}: the key is in a token or on another machine.`);
}

async function bankOf({ db }: Desk, code: string): Promise<Bank> {
  const bank = await db.reads.findOneBy(Bank, { code });
  if (!bank) throw new OperatorError(`there is no bank ${code}`);
  return bank;
}

/** To make a CA with. Its address will stand in it for as long as it lives, so another than before must be meant. */
async function issuersOf(desk: Desk, config: Config, keyKind: KeyKind, bank: Bank): Promise<Issuers> {
  const pkiUrl = settledPkiUrl(config);
  const known = await pkiUrlOnRecord(desk, bank);
  if (known !== undefined && known !== pkiUrl && !process.env.SHOMEI_PKI_URL) {
    throw new OperatorError(`the CAs on record say ${known}, this environment says ${pkiUrl}: run it with the server's environment, or set SHOMEI_PKI_URL`);
  }
  return issuersFor(desk, { vault: await openVault(config), keyKind, pkiUrl });
}

/** As in the bank's newest CA that has one; else in the newest of another bank. */
async function pkiUrlOnRecord({ db }: Desk, bank: Bank): Promise<string | undefined> {
  const newestFirst = await db.reads.find(Issuer, { where: { kind: "ISSUING" }, order: { id: "DESC" } });
  const own = newestFirst.filter(({ bankId }) => bankId === bank.id);
  return [...own, ...newestFirst].map(({ certificate }) => pkiUrlIn(certificate)).find((url) => url !== undefined);
}

function settledPkiUrl(config: Config): string {
  if (config.pkiUrl === undefined) throw new ConfigError("SHOMEI_PKI_URL", "the address that relying parties know, since PORT is 0");
  return config.pkiUrl;
}
