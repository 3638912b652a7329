import type { KeyObject } from "node:crypto";
import type { Desk } from "../foundation/desk.js";
import { isDuplicate } from "../foundation/database/errors.js";
import { newId } from "../foundation/ids.js";
import { Bank } from "../identity/Bank.js";
import { authority, makeIssuingCa, makeRoot, newIssuingKey, newRootKey, type Authority } from "../pki/hierarchy.js";
import { keySigner } from "../pki/Signer.js";
import type { Vault } from "../pki/Vault.js";
import { Issuer } from "./Issuer.js";

/** A bank's CA, ready to issue. */
export interface IssuerInUse extends Authority {
  id: string;
}

/** The CAs of the house. */
export interface Issuers {
  /** The CA that issues for this bank. */
  forBank(bankId: string): IssuerInUse;
  byId(id: string): IssuerInUse;
  /** From the issuing CA up to the root, DER. */
  chainOf(id: string): Buffer[];
}

/** A CA is in the database and its key is not in the vault: another machine's vault is missing here. */
export class MissingKeyError extends Error {
  constructor(name: string) {
    super(`the key of CA ${name} is not in the vault: bring its file here; a new one is never made in its place`);
    this.name = "MissingKeyError";
  }
}

const ROOT = "root-1";
const nameFor = (bank: Bank) => `${bank.code}-1`;

/** Opens every bank's CA and makes the ones that are missing, the root included. Several processes may do so at once. */
export async function openIssuers(desk: Desk, vault: Vault): Promise<Issuers> {
  const { db } = desk;
  const byBank = new Map<string, IssuerInUse>();
  const byId = new Map<string, IssuerInUse>();
  const rootRow = await db.reads.findOneBy(Issuer, { name: ROOT });
  // Once every bank has its CA, the root's key may be taken off this machine.
  let root = rootRow ? undefined : await openCa(desk, vault, ROOT, null, newRootKey, (key) => makeRoot(key, desk.clock.now()));

  for (const bank of await db.reads.find(Bank, { order: { code: "ASC" } })) {
    const issuer = await openCa(desk, vault, nameFor(bank), bank.id, newIssuingKey, async (key) => {
      root ??= await openCa(desk, vault, ROOT, null, newRootKey, () => Promise.reject(new MissingKeyError(ROOT)));
      return makeIssuingCa(key, bank, root, desk.clock.now());
    });
    byBank.set(bank.id, issuer);
    byId.set(issuer.id, issuer);
  }

  const rootCertificate = rootRow?.certificate ?? root?.certificate;
  return {
    forBank: (bankId) => known(byBank, bankId),
    byId: (id) => known(byId, id),
    chainOf: (id) => [known(byId, id).certificate, ...(rootCertificate ? [rootCertificate] : [])],
  };
}

/** The CA of this name: its row and its key; or a new one, key first, so that a crash leaves no CA without a key. */
async function openCa(
  desk: Desk,
  vault: Vault,
  name: string,
  bankId: string | null,
  newKey: () => KeyObject,
  make: (key: KeyObject) => Promise<Authority>,
): Promise<IssuerInUse> {
  const stored = await desk.db.reads.findOneBy(Issuer, { name });
  if (stored) {
    const key = vault.read(name);
    if (!key) throw new MissingKeyError(name);
    return { id: stored.id, ...authority(stored.certificate, keySigner(key)) };
  }

  const made = await make(vault.read(name) ?? vault.keep(name, newKey()));
  const now = desk.clock.now();
  const row: Issuer = {
    id: newId(now), bankId, kind: bankId === null ? "ROOT" : "ISSUING", name, certificate: made.certificate, createdAt: now,
  };
  try {
    await desk.db.transaction((tx) => tx.insert(Issuer, row));
    return { id: row.id, ...made };
  } catch (error) {
    if (!isDuplicate(error)) throw error;
    return openCa(desk, vault, name, bankId, newKey, make); // another process was first: its certificate is the one
  }
}

function known(issuers: Map<string, IssuerInUse>, id: string): IssuerInUse {
  const issuer = issuers.get(id);
  if (!issuer) throw new Error(`no CA opened for ${id}`);
  return issuer;
}
