import { X509Certificate } from "node:crypto";
import type { Desk } from "../foundation/desk.js";
import { Bank } from "../identity/Bank.js";
import type { Vault } from "../pki/Vault.js";
import { algorithmOf, type SignatureAlgorithm } from "../pki/Signer.js";
import { Issuer } from "./Issuer.js";

export interface IssuerFacts {
  label: string;
  /** Null for the root. */
  bankCode: string | null;
  /** ISSUING: certificates come from it now. RETIRED: an earlier generation, which only answers for its own. */
  role: "ROOT" | "ISSUING" | "RETIRED";
  signatureAlgorithm: SignatureAlgorithm;
  notAfter: Date;
  /** Certificates of it that are good now. */
  active: number;
  isKeyHere: boolean;
}

/** Every CA of the house, the banks' in the order of their codes, each bank's newest last. Opens each key once. */
export async function listIssuers(desk: Desk, vault: Vault): Promise<IssuerFacts[]> {
  const banks = await desk.db.reads.find(Bank, { order: { code: "ASC" } });
  const issuers = await desk.db.reads.find(Issuer, { order: { id: "ASC" } });
  const active = await activeByIssuer(desk);

  const ordered = [null, ...banks].flatMap((bank) => {
    const own = issuers.filter(({ bankId }) => bankId === (bank?.id ?? null));
    return own.map((issuer, index) => ({ issuer, bank, isNewest: index === own.length - 1 }));
  });
  return Promise.all(ordered.map(async ({ issuer, bank, isNewest }) => {
    const certificate = new X509Certificate(issuer.certificate);
    return {
      label: issuer.name,
      bankCode: bank?.code ?? null,
      role: bank === null ? "ROOT" : isNewest ? "ISSUING" : "RETIRED",
      signatureAlgorithm: algorithmOf(certificate.publicKey),
      notAfter: new Date(certificate.validTo),
      active: active.get(issuer.id) ?? 0,
      isKeyHere: (await vault.open(issuer.name)) !== undefined,
    };
  }));
}

async function activeByIssuer({ db, clock }: Desk): Promise<Map<string, number>> {
  const rows: { issuer_id: string; active: number | string }[] = await db.reads.query(
    "SELECT c.issuer_id, COUNT(*) AS active FROM certificates c WHERE c.state = 'ACTIVE' AND c.not_after >= ? GROUP BY c.issuer_id",
    [db.instant(clock.now())],
  );
  return new Map(rows.map(({ issuer_id, active }) => [issuer_id, Number(active)]));
}
