import { X509Certificate } from "node:crypto";
import { DAY, later } from "../foundation/clock.js";
import type { Desk } from "../foundation/desk.js";
import { Bank } from "../identity/Bank.js";
import { Issuer } from "./Issuer.js";
import type { IssuerInUse, Issuers, IssuersSettings } from "./Issuers.js";
import { issuersFor, openRoot } from "./issuersFor.js";
import { pkiUrlIn } from "./pkiUrlIn.js";

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
