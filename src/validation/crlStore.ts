import { createHash } from "node:crypto";
import type { EntityManager } from "typeorm";
import type { Desk } from "../foundation/desk.js";
import { Crl, CrlPart } from "./Crl.js";

const PART = 60_000; // octets; a BLOB takes 65,535 on MariaDB
const PARTS_AT_ONCE = 16; // a statement of one megabyte
const LISTS_KEPT = 10; // whoever is downloading one while newer ones appear gets it whole

export async function newestCrl(desk: Desk, issuerId: string): Promise<Crl | null> {
  const [newest] = await desk.db.reads.find(Crl, { where: { issuerId }, order: { number: "DESC" }, take: 1 });
  return newest ?? null;
}

/** Whether the list before this one has an earlier thisUpdate. */
export async function isOnlyOneOfItsSecond(desk: Desk, { issuerId, number, thisUpdate }: Crl): Promise<boolean> {
  const previous = await desk.db.reads.findOneBy(Crl, { issuerId, number: number - 1 });
  return previous === null || previous.thisUpdate < thisUpdate;
}

/** Stores a list under its number; a number that is taken is a duplicate, and nothing is stored. */
export async function storeCrl(desk: Desk, facts: Omit<Crl, "octets" | "fingerprint">, content: readonly Buffer[]): Promise<Crl> {
  const hash = createHash("sha256");
  for (const piece of content) hash.update(piece);
  const octets = content.reduce((sum, { length }) => sum + length, 0);
  const crl: Crl = { ...facts, octets, fingerprint: hash.digest("hex") };

  await desk.db.transaction(async (tx) => {
    await tx.insert(Crl, crl);
    const rows: CrlPart[] = [];
    let part = 0;
    for (const piece of slices(content)) {
      rows.push({ crlId: crl.id, part: part++, content: piece });
      if (rows.length === PARTS_AT_ONCE) await tx.insert(CrlPart, rows.splice(0));
    }
    if (rows.length > 0) await tx.insert(CrlPart, rows);
    await dropOldParts(tx, crl);
  }, { isDone: async (reads) => (await reads.countBy(Crl, { id: crl.id })) > 0 });
  return crl;
}

/** The list's DER, a megabyte at a time. Throws where it is so old that it is gone. */
export async function* crlContent(desk: Desk, { id, octets }: Crl): AsyncGenerator<Buffer> {
  let sent = 0;
  for (let part = 0; sent < octets; part += PARTS_AT_ONCE) {
    const rows: { content: Buffer }[] = await desk.db.reads.query(
      "SELECT p.content FROM crl_parts p WHERE p.crl_id = ? AND p.part >= ? AND p.part < ? ORDER BY p.part",
      [id, part, part + PARTS_AT_ONCE],
    );
    if (rows.length === 0) throw new Error(`the CRL ${id} is no longer kept`);
    for (const { content } of rows) {
      sent += content.length;
      yield content;
    }
  }
}

function* slices(content: readonly Buffer[]): Generator<Buffer> {
  let gathered: Buffer[] = [];
  let size = 0;
  for (const piece of content) {
    for (let from = 0; from < piece.length; ) {
      const taken = piece.subarray(from, from + PART - size);
      gathered.push(taken);
      size += taken.length;
      from += taken.length;
      if (size < PART) continue;
      yield Buffer.concat(gathered);
      gathered = [];
      size = 0;
    }
  }
  if (size > 0) yield Buffer.concat(gathered);
}

async function dropOldParts(tx: EntityManager, { issuerId, number }: Crl): Promise<void> {
  const old: { id: string }[] = await tx.query(
    "SELECT c.id FROM crls c WHERE c.issuer_id = ? AND c.number <= ? ORDER BY c.number DESC LIMIT 5",
    [issuerId, number - LISTS_KEPT],
  );
  for (const { id } of old) await tx.delete(CrlPart, { crlId: id });
}
