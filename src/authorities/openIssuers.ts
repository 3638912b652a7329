import { X509Certificate } from "node:crypto";
import type { EntityManager } from "typeorm";
import { DAY, later } from "../foundation/clock.js";
import type { Desk } from "../foundation/desk.js";
import { isDuplicate } from "../foundation/database/errors.js";
import { newId } from "../foundation/ids.js";
import { OperatorError } from "../foundation/OperatorError.js";
import { Bank } from "../identity/Bank.js";
import { authority, makeIssuingCa, makeRoot, type Authority } from "../pki/hierarchy.js";
import type { Addresses } from "../pki/profiles.js";
import type { KeyKind, Signer } from "../pki/Signer.js";
import type { Vault } from "../pki/Vault.js";
import { Issuer } from "./Issuer.js";
import { pkiUrlIn } from "./pkiUrlIn.js";

/** A CA of the house whose key is at hand. */
export interface IssuerInUse extends Authority {
  id: string;
  bankId: string | null;
  /** As in `/pki/<label>.crl`. */
  label: string;
  addresses: Addresses;
}

export interface IssuersSettings {
  vault: Vault;
  /** Of a bank's CA, when one is made. */
  keyKind: KeyKind;
  /** Where relying parties reach `/pki` and `/ocsp`: absolute, http, without a slash at the end. */
  pkiUrl: string;
}

/** The CAs of the house, each opened once a process. */
export interface Issuers {
  /** Throws MissingKeyError where the key isn't in the vault. */
  open(id: string): Promise<IssuerInUse>;
  /** Makes the bank's CA of this label, and what goes `alongside` it; where there is one already, opens that. */
  make(bank: Bank, label: string, options?: { keyKind?: KeyKind; alongside?: Alongside }): Promise<IssuerInUse>;
  /** From this CA up to the root, DER. */
  chainOf(id: string): Promise<Buffer[]>;
}

/** What is written in the very transaction in which a CA comes to be. */
type Alongside = (tx: EntityManager, issuer: IssuerInUse) => Promise<void>;

/** A CA is in the database and its key is not in the vault: another machine's vault is missing here. */
export class MissingKeyError extends OperatorError {
  constructor(label: string) {
    super(`the key of CA ${label} is not in the vault: bring its file here; a new one is never made in its place`);
    this.name = "MissingKeyError";
  }
}

/** A bank's CA has its key in the vault and no CA is in the database: the database was lost, or another one is looked at. */
export class MissingRecordError extends OperatorError {
  constructor(label: string) {
    super(`there is a key of CA ${label} and the database knows of no CA: restore the database first; keys alone restore nothing`);
    this.name = "MissingRecordError";
  }
}

export const ROOT = "root-1";

/**
 * Opens every bank's CAs and makes the first of those that have none, the root included. Several processes may do so at
 * once. Once every bank has its CA, the root's key may be taken off this machine.
 */
export async function openIssuers(desk: Desk, settings: IssuersSettings): Promise<Issuers> {
  const issuers = issuersFor(desk, settings);
  const banks = await desk.db.reads.find(Bank, { order: { code: "ASC" } });
  if (banks.length === 0) await openRoot(desk, settings);

  for (const bank of banks) {
    const known = await desk.db.reads.find(Issuer, { where: { bankId: bank.id }, order: { id: "ASC" } });
    const opened = known.length === 0 ? [await issuers.make(bank, `${bank.code}-1`)] : await Promise.all(living(desk, known).map(({ id }) => issuers.open(id)));
    warnOfEnd(desk, bank, opened.at(-1));
    warnOfAddress(desk, opened.at(-1), settings);
  }
  return issuers;
}

/** The CAs as they are: none is made or opened before it is asked for. */
export function issuersFor(desk: Desk, settings: IssuersSettings): Issuers {
  const opened = new Map<string, Promise<IssuerInUse>>();
  const once = (id: string, opening: () => Promise<IssuerInUse>) => {
    const known = opened.get(id) ?? opening();
    opened.set(id, known);
    known.catch(() => opened.delete(id)); // asked again, it is tried again
    return known;
  };
  return {
    open: (id) => once(id, async () => openStored(settings, await desk.db.reads.findOneBy(Issuer, { id }))),
    make: async (bank, label, { keyKind = settings.keyKind, alongside } = {}) => {
      await assertRecord(desk, settings, label);
      const root = await openRoot(desk, settings);
      const make = (signer: Signer) => makeIssuingCa(signer, { name: label, bank }, root, root.addresses, desk.clock.now());
      const made = await openCa(desk, settings, { label, bankId: bank.id, keyKind, make, alongside });
      return once(made.id, () => Promise.resolve(made));
    },
    chainOf: async (id) => {
      const issuer = await desk.db.reads.findOneBy(Issuer, { id });
      const root = await desk.db.reads.findOneBy(Issuer, { name: ROOT });
      if (!issuer || !root) throw new Error(`no CA ${id}`);
      return [issuer.certificate, root.certificate];
    },
  };
}

/**
 * A bank's key is made after the root is on record, so such a key without any record is of another database: with it, a new
 * CA of the old name would say of the old one's revoked certificates that nothing is revoked.
 */
async function assertRecord({ db }: Desk, { vault }: IssuersSettings, label: string): Promise<void> {
  if ((await db.reads.countBy(Issuer, {})) > 0 || !(await vault.open(label))) return;
  if ((await db.reads.countBy(Issuer, {})) === 0) throw new MissingRecordError(label); // not made by another process meanwhile
}

/** The root with its key; made where there is none. Throws MissingKeyError where its key is kept elsewhere. */
function openRoot(desk: Desk, settings: IssuersSettings): Promise<IssuerInUse> {
  return openCa(desk, settings, { label: ROOT, bankId: null, keyKind: "P-384", make: (signer) => makeRoot(signer, desk.clock.now()) });
}

interface CaDraft {
  label: string;
  bankId: string | null;
  keyKind: KeyKind;
  make: (signer: Signer) => Promise<Authority>;
  alongside?: Alongside | undefined;
}

/** The CA of this label: its row and its key; or a new one, key first, so that a crash leaves no CA without a key. */
async function openCa(desk: Desk, settings: IssuersSettings, draft: CaDraft): Promise<IssuerInUse> {
  const { label, bankId, keyKind, make, alongside } = draft;
  const stored = await desk.db.reads.findOneBy(Issuer, { name: label });
  if (stored) return openStored(settings, stored);

  const made = await make((await settings.vault.open(label)) ?? (await settings.vault.make(label, keyKind)));
  const now = desk.clock.now();
  const kind = bankId === null ? "ROOT" : "ISSUING";
  const row: Issuer = { id: newId(now), bankId, kind, name: label, certificate: made.certificate, createdAt: now };
  const issuer = inUse(settings, row, made);
  try {
    await desk.db.transaction(async (tx) => {
      await tx.insert(Issuer, row);
      await alongside?.(tx, issuer);
    });
    return issuer;
  } catch (error) {
    if (!isDuplicate(error)) throw error;
    return openCa(desk, settings, draft); // another process was first: its certificate is the one
  }
}

async function openStored(settings: IssuersSettings, stored: Issuer | null): Promise<IssuerInUse> {
  if (!stored) throw new Error("no such CA");
  const signer = await settings.vault.open(stored.name);
  if (!signer) throw new MissingKeyError(stored.name);
  return inUse(settings, stored, authority(stored.certificate, signer));
}

function inUse({ pkiUrl }: IssuersSettings, { id, bankId, name: label }: Issuer, made: Authority): IssuerInUse {
  const addresses = { crl: `${pkiUrl}/pki/${label}.crl`, ocsp: `${pkiUrl}/ocsp`, certificate: `${pkiUrl}/pki/${label}.cer` };
  return { ...made, id, bankId, label, addresses };
}

/** After its end nobody asks a CA anything any more, and its key may be gone; the newest is needed whatever it says. */
function living(desk: Desk, issuers: Issuer[]): Issuer[] {
  const now = desk.clock.now();
  return issuers.filter(({ certificate }, index) => index === issuers.length - 1 || new Date(new X509Certificate(certificate).validTo) >= now);
}

function warnOfEnd({ clock, log }: Desk, bank: Bank, issuer: IssuerInUse | undefined): void {
  if (!issuer || issuer.name.notAfter > later(clock.now(), bank.validityDays * DAY)) return;
  log.warn({ issuer: issuer.label, notAfter: issuer.name.notAfter }, "this CA ends before the certificates that it would issue now: rotate it");
}

/** Certificates that are out there name the old address for as long as they live. */
function warnOfAddress({ log }: Desk, issuer: IssuerInUse | undefined, { pkiUrl }: IssuersSettings): void {
  const before = issuer && pkiUrlIn(issuer.certificate);
  if (before === undefined || before === pkiUrl) return;
  log.warn({ issuer: issuer?.label, before, now: pkiUrl }, "SHOMEI_PKI_URL is not what it was: the old address must go on answering");
}
