import { createHash } from "node:crypto";
import { LRUCache } from "lru-cache";
import { MINUTE } from "../foundation/clock.js";
import type { Desk } from "../foundation/desk.js";
import { TrustedDocument } from "./TrustedDocument.js";

const MOST_KEPT = 5_000;

/** The operations that clients registered. */
export interface TrustedDocuments {
  /** The text that this client registered under its hash (SHA-256, hex); null where it registered none. */
  find(client: string, sha256: string): Promise<string | null>;
  /** The same as far as it was looked up here before, however long ago: enough to tell what is asked for, not to trust it. */
  remembered(client: string, sha256: string): string | undefined;
}

/** Found ones are remembered for a minute, so that one that is removed goes everywhere within it; unknown ones aren't. */
export function openTrustedDocuments({ db, clock }: Desk): TrustedDocuments {
  const found = new LRUCache<string, { document: string; until: number }>({ max: MOST_KEPT });
  return {
    async find(client, sha256) {
      const key = `${sha256} ${client}`;
      const now = clock.now().getTime();
      const kept = found.get(key);
      if (kept && now < kept.until) return kept.document;
      const row = await db.reads.findOneBy(TrustedDocument, { client, sha256 });
      if (row) found.set(key, { document: row.document, until: now + MINUTE });
      else found.delete(key);
      return row?.document ?? null;
    },
    remembered: (client, sha256) => found.peek(`${sha256} ${client}`)?.document,
  };
}

export function sha256Of(document: string): string {
  return createHash("sha256").update(document).digest("hex");
}
