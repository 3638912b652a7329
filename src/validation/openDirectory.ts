import { Issuer } from "../authorities/Issuer.js";
import { coalesced } from "../foundation/coalesced.js";
import type { Desk } from "../foundation/desk.js";
import { certIdHashes, certIdHashesOf } from "../pki/certIdHashes.js";
import type { CertId } from "../pki/ocspRequest.js";

/** Which CA of ours an OCSP request means. */
export interface Directory {
  /** The CA's id; undefined for a foreign one. */
  find(certId: CertId): Promise<string | undefined>;
  /** The newest CA of ours, to sign that we know nothing of a foreign one's certificates; undefined where there is none yet. */
  anyone(): Promise<string | undefined>;
}

/** The banks' CAs, the older generations included. Not the root: its key is kept away, so its word is its CRL alone. */
export function openDirectory({ db }: Desk): Directory {
  let byHashes = new Map<string, string>();
  let known: string[] = [];

  const lookAgain = coalesced(async () => {
    const [row]: { issuers: number | string }[] = await db.reads.query("SELECT COUNT(*) AS issuers FROM issuers i WHERE i.kind = 'ISSUING'");
    if (Number(row?.issuers) === known.length) return; // CAs are made, and never go away
    const issuers = await db.reads.find(Issuer, { where: { kind: "ISSUING" }, order: { id: "ASC" } });
    byHashes = new Map(issuers.flatMap(({ id, certificate }) => certIdHashesOf(certificate).map((hashes) => [hashes, id] as const)));
    known = issuers.map(({ id }) => id);
  }); // together: one request may ask about 32 foreign certificates

  return {
    find: async (certId) => {
      const hashes = certIdHashes(certId);
      if (hashes === undefined) return undefined;
      if (!byHashes.has(hashes)) await lookAgain();
      return byHashes.get(hashes);
    },
    anyone: async () => {
      if (known.length === 0) await lookAgain();
      return known.at(-1); // of an older one the key may be gone, once it is over
    },
  };
}
