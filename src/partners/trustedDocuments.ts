import { createHash } from "node:crypto";
import { LRUCache } from "lru-cache";
import type { Desk } from "../foundation/desk.js";
import { TrustedDocument } from "./TrustedDocument.js";

const MOST_KEPT = 5_000;

/** The operations that clients registered. */
export interface TrustedDocuments {
  /** The text that this client registered under its hash (SHA-256, hex); null where it registered none. */
  find(client: string, sha256: string): Promise<string | null>;
}

/** Found ones are remembered for a minute, so that one that is removed goes everywhere within it; unknown ones aren't. */
export function openTrustedDocuments({ db }: Desk): TrustedDocuments {
  const found = new LRUCache<string, string>({ max: MOST_KEPT, ttl: 60_000 });
  return {
    async find(client, sha256) {
      const key = `${sha256} ${client}`;
      const kept = found.get(key);
      if (kept !== undefined) return kept;
      const row = await db.reads.findOneBy(TrustedDocument, { client, sha256 });
      if (row) found.set(key, row.document);
      return row?.document ?? null;
    },
  };
}

export function sha256Of(document: string): string {
  return createHash("sha256").update(document).digest("hex");
}
