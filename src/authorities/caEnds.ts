import { X509Certificate } from "node:crypto";
import type { Desk } from "../foundation/desk.js";
import { Issuer } from "./Issuer.js";

const ends = new Map<string, Date>(); // by the CA's id: certificates don't change

/** When each CA's own certificate ends, by the CA's name. */
export async function caEnds({ db }: Desk): Promise<Map<string, Date>> {
  const issuers: { id: string; name: string }[] = await db.reads.query("SELECT i.id, i.name FROM issuers i");
  for (const { id } of issuers.filter((one) => !ends.has(one.id))) {
    const issuer = await db.reads.findOneBy(Issuer, { id });
    if (issuer) ends.set(id, new Date(new X509Certificate(issuer.certificate).validTo));
  }
  return new Map(issuers.flatMap(({ id, name }): [string, Date][] => {
    const end = ends.get(id);
    return end ? [[name, end]] : [];
  }));
}
