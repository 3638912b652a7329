import type { Desk } from "../foundation/desk.js";
import { OperatorError } from "../foundation/OperatorError.js";
import { audited, type Attempt } from "../history/audited.js";
import type { DeedAction } from "../policy/deeds.js";
import { sha256Of } from "./trustedDocuments.js";
import { TrustedDocument } from "./TrustedDocument.js";

/** What a document is called, or why it can't be registered. */
export type Examine = (document: string) => { name: string } | { fault: string };

/**
 * Registers what a client's code generator put into its manifest: `{ "<SHA-256>": "<document>" }`, or Apollo's, with
 * `operations: [{ id, body }]`. All of it or, where one document isn't good, nothing. What is there already stays.
 */
export async function registerDocuments(desk: Desk, client: string, manifest: string, examine: Examine): Promise<number> {
  refuseName(client);
  const documents = documentsIn(manifest);
  const rows = documents.map(([id, document]) => rowOf(client, id, document, examine, desk.clock.now()));
  await audited(desk, byCommand("DOCUMENTS_REGISTER"), async (tx, findings) => {
    for (const row of rows) {
      if (!(await tx.existsBy(TrustedDocument, { client, sha256: row.sha256 }))) await tx.insert(TrustedDocument, row);
    }
    findings.after = { client, documents: rows.length };
  });
  return rows.length;
}

/** Takes back one document of a client's, or all of them. How many there were. */
export async function removeDocuments(desk: Desk, client: string, id?: string): Promise<number> {
  return audited(desk, byCommand("DOCUMENTS_REMOVE"), async (tx, findings) => {
    const { affected } = await tx.delete(TrustedDocument, { client, ...(id === undefined ? {} : { sha256: hashIn(id) }) });
    if (!affected) throw new OperatorError(`${client} has registered no such document`);
    findings.after = { client, documents: affected };
    return affected;
  });
}

export function listDocuments({ db }: Desk): Promise<TrustedDocument[]> {
  return db.reads.find(TrustedDocument, { order: { client: "ASC", name: "ASC", sha256: "ASC" } });
}

/** Names go into a setting, separated by commas, and `*` stands for all of them. */
function refuseName(client: string): void {
  if (!/^[\w.@/-]{1,64}$/.test(client)) throw new OperatorError("a client's name has 1 to 64 letters, digits and . _ - @ /");
}

function documentsIn(manifest: string): [id: string, document: string][] {
  let parsed: unknown;
  try {
    parsed = JSON.parse(manifest);
  } catch {
    parsed = null;
  }
  const { operations } = (parsed ?? {}) as { operations?: unknown };
  const entries: [unknown, unknown][] = Array.isArray(operations)
    ? operations.map((one: { id?: unknown; body?: unknown } | null) => [one?.id, one?.body])
    : Object.entries(parsed ?? {});
  if (entries.length === 0 || !entries.every(areTexts)) throw new OperatorError('no manifest: expected {"<SHA-256>": "<document>"}, or {"operations": [{"id": "<SHA-256>", "body": "<document>"}]}');
  return entries;
}

function areTexts(entry: [unknown, unknown]): entry is [string, string] {
  return entry.every((one) => typeof one === "string");
}

function rowOf(client: string, id: string, document: string, examine: Examine, registeredAt: Date): TrustedDocument {
  const sha256 = sha256Of(document);
  if (hashIn(id) !== sha256) throw new OperatorError(`${id}: not the SHA-256 of its document (hashAlgorithm: "sha256")`);
  const examined = examine(document);
  if ("fault" in examined) throw new OperatorError(`${id}: ${examined.fault}`);
  return { client, sha256, name: examined.name.slice(0, 100), document, registeredAt };
}

/** As a manifest or a person writes it. */
function hashIn(id: string): string {
  return id.toLowerCase().replace(/^sha256:/, "");
}

function byCommand(action: DeedAction): Attempt {
  return { action, origin: { requestId: "command:documents", address: null }, by: { userId: null, loginId: null, contractId: null, bankId: null } };
}
