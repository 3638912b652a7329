import { instantOf } from "../foundation/database/rows.js";
import type { Desk } from "../foundation/desk.js";

export interface CrlFigures {
  /** Of the CA, as in `/pki/<name>.crl`. */
  issuer: string;
  thisUpdate: Date;
  nextUpdate: Date;
  entries: number;
}

/** Each CA's newest list, as it is stored. */
export async function crlFigures({ db: { reads } }: Desk): Promise<CrlFigures[]> {
  const rows: { name: string; this_update: Date | string; next_update: Date | string; entries: number }[] = await reads.query(
    `SELECT i.name, c.this_update, c.next_update, c.entries FROM issuers i
       JOIN crls c ON c.issuer_id = i.id AND c.number = (SELECT MAX(n.number) FROM crls n WHERE n.issuer_id = i.id)`,
  );
  return rows.map(({ name, this_update, next_update, entries }) =>
    ({ issuer: name, thisUpdate: instantOf(this_update), nextUpdate: instantOf(next_update), entries }));
}
