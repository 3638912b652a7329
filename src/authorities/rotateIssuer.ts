import type { Desk } from "../foundation/desk.js";
import { enter } from "../history/audited.js";
import type { Bank } from "../identity/Bank.js";
import type { KeyKind } from "../pki/Signer.js";
import { Issuer } from "./Issuer.js";
import type { IssuerInUse, Issuers } from "./Issuers.js";

/**
 * Gives the bank a new CA, from which its certificates come from then on, in every process that runs. The old one's
 * certificates stay good until they end, and its CRL and OCSP go on being served. Needs the root's key: MissingKeyError.
 */
export async function rotateIssuer(desk: Desk & { issuers: Issuers }, bank: Bank, keyKind: KeyKind): Promise<IssuerInUse> {
  const generations = await desk.db.reads.find(Issuer, { where: { bankId: bank.id }, order: { id: "ASC" } });
  const label = `${bank.code}-${String(generations.length + 1)}`;
  const attempt = {
    action: "CA_ROTATE",
    origin: { requestId: "command:ca", address: null },
    by: { userId: null, loginId: null, contractId: null, bankId: bank.id },
  } as const;
  return desk.issuers.make(bank, label, {
    keyKind,
    alongside: (tx, { name }) => enter(tx, desk, attempt, {
      before: { issuer: generations.at(-1)?.name ?? null },
      after: { issuer: label, notAfter: name.notAfter, algorithm: name.algorithm },
    }),
  });
}
