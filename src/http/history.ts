import { pipeline, Readable } from "node:stream";
import { stringify } from "csv-stringify";
import type { FastifyInstance, FastifyReply } from "fastify";
import { DEED_WORDS, OUTCOME_WORDS } from "../graphql/historyWords.js";
import { RequestRefusal } from "../foundation/requestRefusals.js";
import type { ProxySettings } from "../foundation/tlsSettings.js";
import type { FrontDesk } from "../graphql/RequestContext.js";
import { contractsByIds } from "../contracts/readContracts.js";
import { globalId, idOf, type NodeKind } from "../graphql/globalId.js";
import { toldTo } from "../graphql/views/UsageRecordView.js";
import { newestCheckpoint, takeCheckpoints, type HistoryDesk } from "../history/checkpoints.js";
import { chainExport, contractExport } from "../history/exportHistory.js";
import { findHistory, historyCursor, type UsageHistoryFilter } from "../history/readHistory.js";
import type { Checkpoint } from "../history/Seal.js";
import { sealHistory } from "../history/sealHistory.js";
import { NO_BANKS_CHAIN } from "../history/Seal.js";
import { outcomes, type UsageRecord } from "../history/UsageRecord.js";
import { performAs } from "../identity/performAs.js";
import type { Actor } from "../policy/Actor.js";
import { authorizeRole } from "../policy/authorize.js";
import { deedActions } from "../policy/deeds.js";
import { toPem } from "../pki/pem.js";
import { actorOf } from "./actorOf.js";

const AT_ONCE = 500;

interface OfBank {
  Params: { bank: string };
}

/** What an auditor keeps elsewhere, for anybody: checkpoints tell how many entries there are and nothing of what they say. */
export function checkpointRoutes(app: FastifyInstance, desk: HistoryDesk): void {
  app.get("/history/key.pem", (_request, reply) => reply.type("application/x-pem-file").send(toPem("PUBLIC KEY", desk.historyKey.publicKey)));

  app.get<OfBank>("/history/:bank/checkpoint", async ({ params }, reply) => {
    const chainId = await chainOf(desk, params.bank);
    const newest = chainId === undefined ? null : await newestCheckpoint(desk.db.reads, chainId);
    if (!newest) return notFound(reply);
    return reply.header("cache-control", "no-store").type("text/plain; charset=utf-8").send(newest.note);
  });

  app.get<OfBank>("/history/:bank/checkpoints", async ({ params }, reply) => {
    const chainId = await chainOf(desk, params.bank);
    if (chainId === undefined) return notFound(reply);
    return reply.header("cache-control", "no-store").type("text/plain; charset=utf-8").send(Readable.from(allCheckpoints(desk, chainId)));
  });
}

async function* allCheckpoints({ db }: HistoryDesk, chainId: string): AsyncGenerator<string> {
  for (let after = -1; ; ) {
    const rows: Pick<Checkpoint, "size" | "note">[] = await db.reads.query(
      `SELECT k.size, k.note FROM history_checkpoints k WHERE k.chain_id = ? AND k.size > ? ORDER BY k.size LIMIT ${String(AT_ONCE)}`, [chainId, after],
    );
    for (const { note } of rows) yield `${note}\n`;
    const last = rows.at(-1);
    if (!last || rows.length < AT_ONCE) return;
    after = last.size;
  }
}

async function chainOf({ db }: HistoryDesk, bank: string): Promise<string | undefined> {
  if (bank === "house") return NO_BANKS_CHAIN;
  const [row]: { id: string }[] = /^\d{4}$/.test(bank) ? await db.reads.query("SELECT b.id FROM banks b WHERE b.code = ?", [bank]) : [];
  return row?.id;
}

interface Asked {
  Querystring: Record<string, unknown>;
}

type Query = Record<string, string | undefined>;
const FILTERS = ["actorId", "targetUserId", "contractId", "certificateId", "requestId", "action", "outcome", "from", "until"];
const LONGEST_VALUE = 500;

/** What is asked, each name once and none that means nothing: else somebody would take for a filter what isn't one. */
function known(query: Asked["Querystring"], names: readonly string[]): Query {
  for (const [name, value] of Object.entries(query)) {
    if (!names.includes(name)) refuse(`${name.slice(0, 40)}: no such filter`);
    if (typeof value !== "string") refuse(`${name}: given twice; several values go by commas`);
    if (value.length > LONGEST_VALUE) malformed(name);
  }
  return query as Query;
}

/** 利用履歴 as files, for whoever may read it: streamed, however long, and each download is on record. */
export function downloadRoutes(app: FastifyInstance, desk: FrontDesk, proxies: ProxySettings): void {
  app.get<Asked>("/usage-history.csv", async (request, reply) => {
    const actor = await actorOf(desk, request, proxies);
    const query = known(request.query, FILTERS);
    const filter = filterOf(query);
    await recordDownload(desk, actor, { ...query, form: "CSV" });
    const writer = csvWriter();
    // Where a page can't be read, the answer ends torn, and nothing else does.
    pipeline(Readable.from(csvRows(desk, actor, filter)), writer, (error) => { if (error) request.log.error({ err: error }, "a download ended early"); });
    return send(reply, "text/csv; charset=utf-8", "csv", writer);
  });

  app.get<Asked>("/usage-history.jsonl", async (request, reply) => {
    const actor = await actorOf(desk, request, proxies);
    const query = known(request.query, ["from", "until"]);
    const [from, until] = [numberOf(query, "from"), numberOf(query, "until")];
    await recordDownload(desk, actor, { ...query, form: "JSONL" });
    await sealHistory(desk);
    await takeCheckpoints(desk); // so that all that was done before is in it
    if (actor.contractId === null && ((await newestCheckpoint(desk.db.reads, actor.bankId, until))?.size ?? 0) < (from ?? 1)) refuse("there is no checkpoint between from and until");
    const lines = actor.contractId === null
      ? chainExport(desk.db.reads, actor.bankId, { from: from ?? 1, until })
      : contractExport(desk, { contractId: actor.contractId, bankId: actor.bankId });
    return send(reply, "application/jsonl; charset=utf-8", "jsonl", Readable.from(lines));
  });
}

/** Refused for those who may read no history. */
async function recordDownload(desk: FrontDesk, actor: Actor, what: object): Promise<void> {
  await performAs(desk, actor, { action: "HISTORY_EXPORT" }, (_tx, findings) => {
    findings.after = what;
    authorizeRole(actor, "read", "UsageRecord");
    return Promise.resolve();
  });
}

function send(reply: FastifyReply, type: string, extension: string, content: NodeJS.ReadableStream): FastifyReply {
  return reply.header("cache-control", "no-store").header("content-disposition", `attachment; filename="usage-history.${extension}"`).type(type).send(content);
}

/** The same filter as `usageHistory` takes, as a query string. */
function filterOf(query: Query): UsageHistoryFilter {
  const { actorId, targetUserId, contractId, certificateId, requestId } = query;
  return {
    actorId: idIn("actorId", actorId, "User", "BankOperator"),
    targetUserId: idIn("targetUserId", targetUserId, "User"),
    contractId: idIn("contractId", contractId, "Contract"),
    certificateId: idIn("certificateId", certificateId, "Certificate"),
    requestId,
    action: listOf(query, "action", deedActions),
    outcome: listOf(query, "outcome", outcomes),
    from: instantIn(query, "from"),
    until: instantIn(query, "until"),
  };
}

function idIn(name: string, text: string | undefined, ...kinds: NodeKind[]): string | undefined {
  if (text === undefined) return undefined;
  return kinds.map((kind) => idOf(kind, text)).find((id) => id !== "") ?? malformed(name);
}

function listOf<T extends string>(query: Query, name: string, known: readonly T[]): T[] | undefined {
  const values = query[name]?.split(",");
  return values?.map((value) => known.find((one) => one === value) ?? malformed(name));
}

function instantIn(query: Query, name: string): Date | undefined {
  const text = query[name];
  if (text === undefined) return undefined;
  return /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(?::\d{2}(?:\.\d{1,3})?)?(?:Z|[+-]\d{2}:\d{2})$/.test(text) && !Number.isNaN(Date.parse(text)) ? new Date(text) : malformed(name);
}

function numberOf(query: Query, name: string): number | undefined {
  const text = query[name];
  if (text === undefined) return undefined;
  return /^[1-9]\d{0,8}$/.test(text) ? Number(text) : malformed(name);
}

function malformed(name: string): never {
  refuse(`${name}: not a value that is understood here (an instant as 2026-11-24T10:00:00%2B09:00: + is written as %2B)`);
}

function refuse(why: string): never {
  throw new RequestRefusal("BAD_USER_INPUT", {}, why);
}

async function* csvRows(desk: FrontDesk, actor: Actor, filter: UsageHistoryFilter): AsyncGenerator<string[]> {
  for (let after: { key: string; id: string } | null = null; ; ) {
    const page: { rows: UsageRecord[]; hasNextPage: boolean } = await findHistory(desk, actor, filter, { first: AT_ONCE, after });
    const contracts = await contractNames(desk, actor, page.rows);
    for (const record of page.rows) yield csvRow(toldTo(actor, record), contracts.get(record.contractId ?? "") ?? "");
    const last = page.rows.at(-1);
    if (!last || !page.hasNextPage) return;
    after = historyCursor(last);
  }
}

/** For a spreadsheet in Japan: Japanese headings, Japan time, a byte order mark, and no cell that is taken for a formula. */
function csvWriter() {
  const columns = ["日時（日本時間）", "契約先", "操作", "結果", "理由コード", "操作者ID", "対象ID", "証明書", "接続元", "要求番号", "備考", "変更前（時刻はUTC）", "変更後（時刻はUTC）", "記録番号"];
  return stringify({ header: true, columns, bom: true, escape_formulas: true, record_delimiter: "windows" });
}

function csvRow({ at, action, outcome, code, actorLoginId, actorRole, targetLoginId, certificateId, address, requestId, note, before, after, id }: UsageRecord, contract: string): string[] {
  const actor = actorLoginId ?? (actorRole === "BANK_OPERATOR" ? "金庫" : "");
  return [
    inJapanToTheMillisecond(at), contract, DEED_WORDS[action], OUTCOME_WORDS[outcome], code ?? "", actor, targetLoginId ?? "", certificateId === null ? "" : globalId("Certificate", certificateId), address ?? "", requestId,
    note ?? "", before ?? "", after ?? "", globalId("UsageRecord", id),
  ];
}

async function contractNames(desk: FrontDesk, actor: Actor, records: readonly UsageRecord[]): Promise<Map<string, string>> {
  const ids = [...new Set(records.flatMap(({ contractId }) => contractId ?? []))];
  const contracts = await contractsByIds(desk, actor, ids);
  return new Map(contracts.flatMap((contract) => (contract ? [[contract.id, contract.name] as const] : [])));
}

function inJapanToTheMillisecond(at: Date): string {
  return new Date(at.getTime() + 9 * 3_600_000).toISOString().replace("T", " ").replace("Z", "");
}

function notFound(reply: FastifyReply): FastifyReply {
  reply.callNotFound();
  return reply;
}
