import { createHash } from "node:crypto";
import { leafHash } from "./hashes.js";
import type { UsageRecord } from "./UsageRecord.js";

/** What of an entry of the bank's staff is the bank's own, and withheld from customers. */
const staffs = ["actorId", "actorLoginId", "address", "before", "note"] as const;
const others = ["action", "actorRole", "after", "at", "bankId", "certificateId", "code", "contractId", "id", "outcome", "requestId", "targetLoginId", "targetUserId"] as const;

/** An entry as text: what is sealed, exported and verified. Every member is a string or null. */
export type EntryText = Partial<Record<(typeof staffs)[number] | "salt" | "withheld", string | null>> & Record<(typeof others)[number], string | null>;

/** What of this entry a customer isn't told; for the others nothing. */
export function isStaffs({ actorRole }: Pick<UsageRecord, "actorRole">): boolean {
  return actorRole === "BANK_OPERATOR";
}

/** The entry as text, in full. `salt`: of its seal. */
export function entryText(record: UsageRecord, salt: string | null): EntryText {
  const text = { ...record, at: record.at.toISOString() };
  return { ...only(text, others), ...only(text, staffs), ...(salt === null ? {} : { salt }) };
}

/** The entry as its contract's Master is given it: what is the bank's own is a hash, by which the rest can be verified. */
export function withheld(entry: EntryText): EntryText {
  if (entry.salt === undefined) return entry;
  return { ...only(entry, others), withheld: commitment(entry) };
}

/** SHA-256 of the canonical bytes with the prefix of a leaf. Throws where a member is missing or of another kind. */
export function leafOf(entry: EntryText): Buffer {
  return leafHash(Buffer.from(canonical(entry), "utf8"));
}

/** An entry whose members are all there and can't be together: one of the staff that says too much, or another that withholds something. */
export class ImpossibleEntry extends TypeError {}

/** The entry in the form of RFC 8785: members sorted, no white space. All are strings or null, so JSON.stringify writes them so. */
function canonical(entry: EntryText): string {
  if ((entry.salt !== undefined || entry.withheld !== undefined) !== (entry.actorRole === "BANK_OPERATOR")) throw new ImpossibleEntry("salt or withheld, where the entry isn't of the bank's staff, or neither, where it is");
  if (entry.withheld !== undefined && [...staffs, "salt" as const].some((name) => entry[name] !== undefined)) throw new ImpossibleEntry("withheld beside what it withholds");
  if (entry.withheld !== undefined) return inOrder(only(entry, others), { withheld: entry.withheld });
  if (entry.salt !== undefined) return inOrder(only(entry, others), { withheld: commitment(entry) });
  return inOrder(only(entry, others), only(entry, staffs));
}

function commitment(entry: EntryText): string {
  return createHash("sha256").update(inOrder(only(entry, staffs), { salt: entry.salt })).digest("hex");
}

function only<Name extends string>(entry: Partial<Record<Name, unknown>>, names: readonly Name[]): Record<Name, string | null> {
  return Object.fromEntries(names.map((name) => {
    const value: unknown = entry[name];
    if (value !== null && typeof value !== "string") throw new TypeError(`an entry without ${name}`);
    return [name, value];
  })) as Record<Name, string | null>;
}

function inOrder(...members: object[]): string {
  const entries = members.flatMap((one) => Object.entries(one)).sort(([a], [b]) => (a < b ? -1 : 1));
  return JSON.stringify(Object.fromEntries(entries));
}
