import { parse } from "csv-parse/sync";
import type { FastifyInstance } from "fastify";
import { reissueCertificate } from "../../src/certificates/reissueCertificate.js";
import { globalId } from "../../src/graphql/globalId.js";
import { takeCheckpoints } from "../../src/history/checkpoints.js";
import { notesIn, verifiedCheckpoint } from "../../src/history/checkpointNote.js";
import { verifyExport } from "../../src/history/verifyExport.js";
import { anotherBank, Counter } from "../support/Counter.js";
import { answerOf } from "../support/graphql.js";
import { openDoor } from "../../src/http/server.js";
import { pino } from "pino";
import { House, ordinarySettings, type Caller, type DeskCaller, type Tenant } from "../support/House.js";

let house: House;
let door: FastifyInstance;
let tenant: Tenant;
let master: Caller;
let counter: Counter;

beforeAll(async () => {
  house = await House.open();
  door = await house.door();
  tenant = await house.aTenant();
  master = await house.signedIn(tenant.master);
  await reissueCertificate(house.desk, master, { userId: tenant.taro.id, expectedVersion: 1, reason: "LOST", note: "=HYPERLINK(\"http://thief.example\"),\n“紛失”" });
  counter = await Counter.open(house);
  await counter.approve(await counter.requestReissue({ note: "来店" }));
  await house.seal();
  await takeCheckpoints(house.desk);
});
afterAll(async () => {
  await door.close();
  await house.close();
});

const get = (url: string, by?: { token: string }) => door.inject({ url, headers: by ? { authorization: `Bearer ${by.token}` } : {} });
const csv = async (by: { token: string }, query = ""): Promise<Record<string, string>[]> => parse<Record<string, string>>((await get(`/usage-history.csv${query}`, by)).body, { columns: true, bom: true });

describe("what an auditor keeps", () => {
  it("is offered to anybody: the key, the newest checkpoint, all of them", async () => {
    const key = await get("/history/key.pem");
    expect(key.headers["content-type"]).toBe("application/x-pem-file");
    expect(key.body).toMatch(/^-----BEGIN PUBLIC KEY-----\n/);
    const newest = await get("/history/5120/checkpoint");
    expect(newest).toMatchObject({ statusCode: 200 });
    expect(newest.headers["content-type"]).toBe("text/plain; charset=utf-8");
    expect(verifiedCheckpoint(newest.body, house.desk.historyKey.publicKey)).toMatchObject({ bankCode: "5120", chainId: house.bank.id });
    const all = await get("/history/5120/checkpoints");
    expect(all.body).toBe(house.desk.safekeeping.checkpoints(house.bank.id));
    expect(notesIn(all.body)).toEqual([newest.body]);
  });

  it.each(["/history/9999/checkpoint", "/history/9999/checkpoints", "/history/house/checkpoint", "/history/%27/checkpoint", "/history/5120/other"])("%s is a 404 that says nothing", async (url) => {
    const answer = await get(url);
    expect([answer.statusCode, answerOf(answer).errors[0]?.extensions.code]).toEqual([404, "NOT_FOUND"]);
  });

  it("is at the door for relying parties, too, where no download is", async () => {
    const public_ = await house.door(undefined, { isForRelyingParties: true });
    expect((await public_.inject({ url: "/history/5120/checkpoint" })).statusCode).toBe(200);
    expect((await public_.inject({ url: "/usage-history.csv", headers: { authorization: `Bearer ${master.token}` } })).statusCode).toBe(404);
    await public_.close();
  });
});

describe("利用履歴 as CSV", () => {
  it("is a table that a spreadsheet in Japan opens: a mark, Japanese, Japan time, newest first", async () => {
    const answer = await get("/usage-history.csv", master);
    expect(answer.headers).toMatchObject({ "content-type": "text/csv; charset=utf-8", "content-disposition": 'attachment; filename="usage-history.csv"', "cache-control": "no-store" });
    expect(answer.body.startsWith("\ufeff日時（日本時間）,契約先,操作,結果,")).toBe(true);
    expect(answer.body).toContain("\r\n");
    const rows = await csv(master, "?action=CERTIFICATE_REISSUE");
    expect(rows).toMatchObject([{ "日時（日本時間）": "2026-11-24 10:00:00.000", 契約先: tenant.contract.name, 操作: "電子証明書の再発行", 結果: "完了", 操作者ID: tenant.master.loginId, 対象ID: tenant.taro.loginId }]);
  });

  it("makes no formula of what somebody wrote", async () => {
    const [row] = await csv(master, "?action=CERTIFICATE_REISSUE");
    expect(row?.備考).toBe("'=HYPERLINK(\"http://thief.example\"),\n“紛失”");
  });

  it("holds what the reader may read and nothing else, and tells customers nothing of the staff", async () => {
    const theirs = await csv(await house.signedIn(counter.tenant.master));
    expect(theirs.map(({ 対象ID }) => 対象ID)).toContain(counter.tenant.master.loginId);
    expect(JSON.stringify(theirs)).not.toMatch(new RegExp(`${counter.operator.loginId}|${counter.colleague.loginId}|${tenant.master.loginId}|来店`));
    expect(theirs.map(({ 操作者ID }) => 操作者ID)).toContain("金庫");
    const banks = await csv(counter.operator);
    expect(banks.map(({ 操作者ID }) => 操作者ID)).toEqual(expect.arrayContaining([counter.colleague.loginId, tenant.master.loginId]));
    const foreigner = await Counter.open(house, await anotherBank(house));
    expect(JSON.stringify(await csv(foreigner.operator))).not.toMatch(new RegExp(`${tenant.master.loginId}|${tenant.taro.loginId}`));
  });

  it.each([
    ["outcome=REFUSED", 0], ["outcome=SUCCEEDED&action=CERTIFICATE_REISSUE", 1], ["action=CERTIFICATE_REISSUE,SIGN_IN", 1], ["from=2026-11-24T01:00:00.000Z&action=CERTIFICATE_REISSUE", 1],
    ["from=2026-11-24T10:00:00.001%2B09:00&action=CERTIFICATE_REISSUE", 0], ["until=2026-11-24T01:00:00Z", 0], ["requestId=nothing", 0],
  ])("can be narrowed by %s", async (query, count) => { expect(await csv(master, `?${query}`)).toHaveLength(count); });

  it("can be narrowed to a user and to a certificate", async () => {
    const certificate = await house.currentCertificate(tenant.taro);
    expect(await csv(master, `?targetUserId=${globalId("User", tenant.taro.id)}`)).toHaveLength(1);
    expect(await csv(master, `?certificateId=${globalId("Certificate", certificate?.id ?? "")}`)).toHaveLength(1);
    expect(await csv(master, `?actorId=${globalId("User", tenant.hana.id)}`)).toHaveLength(0);
  });

  it("can be narrowed to a contract and to one of the staff by the bank, and says what was changed in full", async () => {
    const certificate = await house.currentCertificate(tenant.taro);
    const rows = await csv(counter.operator, `?contractId=${globalId("Contract", tenant.contract.id)}`);
    expect(rows.length).toBeGreaterThan(0);
    expect(new Set(rows.map(({ 契約先 }) => 契約先))).toEqual(new Set([tenant.contract.name]));
    const bys = await csv(counter.operator, `?actorId=${globalId("BankOperator", counter.colleague.userId)}`);
    expect(new Set(bys.map(({ 操作者ID }) => 操作者ID))).toEqual(new Set([counter.colleague.loginId]));
    const [reissued] = rows.filter(({ 操作 }) => 操作 === "電子証明書の再発行");
    const entry = (await house.history(tenant.contract)).find(({ action }) => action === "CERTIFICATE_REISSUE");
    expect([reissued?.["変更前（時刻はUTC）"], reissued?.["変更後（時刻はUTC）"]]).toEqual([entry?.before, entry?.after]);
    expect(entry?.certificateId).toBe(certificate?.id);
  });

  it.each(["requestId=a&requestId=b", "action=SIGN_IN&action=SIGN_OUT", "contractId=x&contractId=y", "token=secret", "Action=SIGN_IN", `requestId=${"x".repeat(501)}`])("%s isn't understood, and the house stands", async (query) => {
    const entries = (await house.history()).length;
    const answer = await get(`/usage-history.csv?${query}`, master);
    expect([answer.statusCode, answerOf(answer).errors[0]?.extensions.code]).toEqual([400, "BAD_USER_INPUT"]);
    expect((await house.history()).length).toBe(entries);
    expect((await get("/healthz")).statusCode).toBe(200);
  });

  it("ends torn where a page can't be read, and nothing else does", async () => {
    const reads = { ...house.db.reads, query: (text: string, params: unknown[]) => (text.includes("FROM usage_history h WHERE") ? Promise.reject(new Error("the table is gone")) : house.db.reads.query(text, params)) };
    const desk = { ...house.desk, db: Object.assign(Object.create(house.db) as typeof house.db, { reads: Object.assign(Object.create(house.db.reads) as typeof house.db.reads, reads) }) };
    const broken = await openDoor(desk, pino({ level: "silent" }), ordinarySettings);
    await broken.inject({ url: "/usage-history.csv", headers: { authorization: `Bearer ${master.token}` } }).catch(() => undefined);
    expect((await broken.inject({ url: "/healthz" })).statusCode).toBe(200);
    await broken.close();
  });

  it.each(["targetUserId=%27%20OR%201=1", "certificateId=01JDMQ0V8Z5N3K7W2R4T6Y8A0C", "action=ALL", "outcome=", "from=yesterday", "until=2026-13-01T00:00:00Z", "from=2026-11-24"])("%s is said to be malformed", async (query) => {
    const answer = await get(`/usage-history.csv?${query}`, master);
    expect([answer.statusCode, answerOf(answer).errors[0]?.extensions.code]).toEqual([400, "BAD_USER_INPUT"]);
  });
});

describe("利用履歴 with proofs", () => {
  async function* linesOf(text: string): AsyncGenerator<string> {
    for (const line of text.split("\n")) yield await Promise.resolve(line);
  }
  const verdict = async (by: Caller | DeskCaller) => verifyExport(linesOf((await get("/usage-history.jsonl", by)).body), house.desk.historyKey.publicKey);

  it("is a contract's own for its Master, and the whole chain for the bank's staff", async () => {
    expect(await verdict(await house.signedIn(counter.tenant.master))).toMatchObject({ kind: "PROOFS", wrong: null });
    expect(await verdict(counter.operator)).toMatchObject({ kind: "CHAIN", wrong: null });
    const lines = (await get("/usage-history.jsonl?from=2", counter.operator)).body;
    expect(JSON.parse(lines.slice(0, lines.indexOf("\n")))).toMatchObject({ kind: "CHAIN", from: 2 });
    const range = await get("/usage-history.jsonl?from=2&until=x", counter.operator);
    expect(range.statusCode).toBe(400);
    const beyond = await get("/usage-history.jsonl?from=999999", counter.operator);
    expect([beyond.statusCode, answerOf(beyond).errors[0]?.extensions.code]).toEqual([400, "BAD_USER_INPUT"]);
  });
});

describe.each(["/usage-history.csv", "/usage-history.jsonl"])("%s", (url) => {
  it("is nobody's without a session", async () => {
    for (const by of [undefined, { token: "x" }, { token: "a".repeat(43) }]) {
      const answer = await get(url, by);
      expect([answer.statusCode, answerOf(answer).errors[0]?.extensions.code]).toEqual([401, "UNAUTHENTICATED"]);
    }
  });

  it.each([
    ["a Public ID", () => house.signedIn(tenant.taro), "MASTER_ONLY"], ["an enrollee", () => house.signedIn(tenant.taro, { isEnrollOnly: true }), "CERTIFICATE_REQUIRED"],
    ["whose passwords are due", () => house.signedIn(tenant.master, { passwordsDue: "FORCED" }), "PASSWORD_CHANGE_REQUIRED"],
  ] as [string, () => Promise<Caller>, string][])("is refused to %s, and that is on record", async (_who, who, code) => {
    const answer = await get(url, await who());
    expect([answer.statusCode, answerOf(answer).errors[0]?.extensions.code]).toEqual([403, code]);
    expect(answer.body).not.toContain(tenant.master.id);
    expect((await house.history(tenant.contract)).at(-1)).toMatchObject({ action: "HISTORY_EXPORT", outcome: "REFUSED", code });
  });

  it("is on record, with what was asked", async () => {
    const again = await house.signedIn(tenant.master);
    await get(`${url}?from=${url.endsWith("csv") ? "2026-11-24T00:00:00Z" : "1"}`, again);
    const entry = (await house.history(tenant.contract)).at(-1);
    expect(entry).toMatchObject({ action: "HISTORY_EXPORT", outcome: "SUCCEEDED", actorLoginId: tenant.master.loginId });
    expect(JSON.parse(entry?.after ?? "")).toMatchObject({ form: url.endsWith("csv") ? "CSV" : "JSONL" });
    master = await house.signedIn(tenant.master);
  });
});

it("a history of thousands is streamed page by page, each entry once", async () => {
  const many = await house.aTenant();
  const by = await house.signedIn(many.master);
  const example = (await house.history(tenant.contract))[0];
  const { UsageRecord } = await import("../../src/history/UsageRecord.js");
  const { newId } = await import("../../src/foundation/ids.js");
  const rows = Array.from({ length: 1_203 }, () => ({ ...example, id: newId(house.clock.now()), contractId: many.contract.id }) as InstanceType<typeof UsageRecord>);
  await house.db.transaction(async (tx) => {
    for (let at = 0; at < rows.length; at += 50) await tx.insert(UsageRecord, rows.slice(at, at + 50));
  });
  const told = (await csv(by)).map((row) => row.記録番号);
  expect(told).toHaveLength(1_204);
  expect(new Set(told).size).toBe(1_204);
});
