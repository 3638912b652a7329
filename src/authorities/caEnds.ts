import { X509Certificate } from "node:crypto";
import type { Desk } from "../foundation/desk.js";
import { Issuer } from "./Issuer.js";

export interface CaEnd {
  /** As in `/pki/<name>.cer`. */
  issuer: string;
  /** retired: an earlier generation, which only answers for its own. */
  role: "root" | "issuing" | "retired";
  end: Date;
}

const ends = new Map<string, Date>(); // by the CA's id: certificates don't change

/** When each CA's own certificate ends. */
export async function caEnds({ db }: Desk): Promise<CaEnd[]> {
  const issuers: { id: string; name: string; bank_id: string | null }[] = await db.reads.query("SELECT i.id, i.name, i.bank_id FROM issuers i ORDER BY i.id");
  for (const { id } of issuers.filter((one) => !ends.has(one.id))) {
    const issuer = await db.reads.findOneBy(Issuer, { id });
    if (issuer) ends.set(id, new Date(new X509Certificate(issuer.certificate).validTo));
  }
  const newest = new Map(issuers.map(({ id, bank_id }) => [bank_id, id]));
  return issuers.map(({ id, name, bank_id }) =>
    ({ issuer: name, role: bank_id === null ? "root" : newest.get(bank_id) === id ? "issuing" : "retired", end: ends.get(id) ?? new Date(0) }));
}
