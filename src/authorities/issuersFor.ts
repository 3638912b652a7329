import type { Desk } from "../foundation/desk.js";
import { isDuplicate } from "../foundation/database/errors.js";
import { withoutDeadline } from "../foundation/deadline.js";
import { newId } from "../foundation/ids.js";
import { authority, makeIssuingCa, makeRoot, type Authority } from "../pki/hierarchy.js";
import type { KeyKind, Signer } from "../pki/Signer.js";
import { Issuer } from "./Issuer.js";
import { MissingKeyError, MissingRecordError, type Alongside, type IssuerInUse, type Issuers, type IssuersSettings } from "./Issuers.js";

const ROOT = "root-1";

/** The CAs as they are: none is made or opened before it is asked for. */
export function issuersFor(desk: Desk, settings: IssuersSettings): Issuers {
  const opened = new Map<string, Promise<IssuerInUse>>();
  const once = (id: string, opening: () => Promise<IssuerInUse>) => {
    const known = opened.get(id) ?? withoutDeadline(opening); // for whoever else waits for it
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
export function openRoot(desk: Desk, settings: IssuersSettings): Promise<IssuerInUse> {
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
