import { containing } from "../foundation/database/cursor.js";
import { byIndex, checkedOnly } from "../foundation/database/hints.js";
import { keysetPage, type Page, type PageRequest } from "../foundation/database/keysetPage.js";
import { anyOf, inOrderOf, instantOrNull } from "../foundation/database/rows.js";
import type { Desk } from "../foundation/desk.js";
import { folded } from "../foundation/text.js";
import type { SignInMethod } from "../identity/Contract.js";
import type { Actor } from "../policy/Actor.js";
import { whyNever } from "../policy/authorize.js";
import { whereFor, type Where } from "../policy/whereFor.js";

export interface ContractFacts {
  id: string;
  version: number;
  name: string;
  /** The name as it is searched and sorted by. */
  searchText: string;
  bankCode: string;
  bankName: string;
  signInMethod: SignInMethod;
  stoppedAt: Date | null;
  lastSignInAt: Date | null;
  /** In thousands of yen. */
  adHocTransferLimit: number;
  /** The bank's own, in thousands of yen: where a user's is 0. */
  defaultAdHocTransferLimit: number;
}

export interface ContractFilter {
  /** Anywhere in the name; or a company code or a login ID, whole. Width and case don't count. */
  text?: string | undefined;
  isStopped?: boolean | undefined;
}

/** The contracts that the actor may read, by name. */
export async function findContracts(desk: Desk, actor: Actor, filter: ContractFilter, page: PageRequest): Promise<Page<ContractFacts>> {
  const scope = readable(actor);
  const where = [scope.sql];
  const params: unknown[] = [...scope.params];
  if (filter.text !== undefined && filter.text !== "") {
    const { sql, params: more } = await named(desk, actor, folded(filter.text).trim());
    where.push(sql);
    params.push(...more);
  }
  if (filter.isStopped !== undefined) where.push(`k.stopped_at IS ${filter.isStopped ? "NOT NULL" : "NULL"}`);
  const contracts = actor.role === "BANK_OPERATOR" ? byIndex(desk.db.engine, "contracts k", "ix_contracts_name") : "contracts k"; // a customer's is one
  const from = `${contracts} ${WITH_BANK}`;
  const order = { column: "k.search_text", id: "k.id", direction: "ASC" } as const;
  const found = await keysetPage<ContractRow>(desk.db.reads, { select: COLUMNS, from, where, params, order }, page);
  return { ...found, rows: found.rows.map((row) => factsOfRow(row, actor)) };
}

/** In the order of the ids; null for what is unknown and for what the actor may not read, alike. */
export async function contractsByIds(desk: Desk, actor: Actor, ids: readonly string[]): Promise<(ContractFacts | null)[]> {
  const scope = readable(actor);
  const rows: ContractRow[] = await desk.db.reads.query(
    `SELECT ${COLUMNS} FROM contracts k ${WITH_BANK} WHERE ${scope.sql} AND ${anyOf("k.id", ids)}`,
    [...scope.params, ...ids],
  );
  return inOrderOf(ids, rows.map((row) => factsOfRow(row, actor)), (contract) => contract.id);
}

/** By what people call a contract. A company or an ID leads to it only for whoever may read that company or ID. */
async function named(desk: Desk, actor: Actor, text: string): Promise<{ sql: string; params: unknown[] }> {
  const companies = whereFor(actor, "read", "Company", { contractId: checkedOnly("m.contract_id"), bankId: checkedOnly("k.bank_id") });
  const users = whereFor(actor, "read", "User", { userId: "u.id", userKind: "u.kind", contractId: checkedOnly("u.contract_id"), bankId: "u.bank_id" });
  // Looked up once by their own indexes, not for each contract.
  const called: { id: string }[] = await desk.db.reads.query(
    `SELECT k.id FROM companies m JOIN contracts k ON k.id = m.contract_id WHERE m.code = ? AND ${companies.sql}
      UNION SELECT u.contract_id AS id FROM users u WHERE u.bank_id = ? AND u.login_id = ? AND ${users.sql}`,
    [text, ...companies.params, actor.bankId, text, ...users.params],
  );
  const ids = called.map(({ id }) => id);
  return { sql: `(k.search_text LIKE ? ESCAPE '!' OR ${anyOf("k.id", ids)})`, params: [containing(text), ...ids] };
}

interface ContractRow {
  id: string;
  version: number;
  name: string;
  search_text: string;
  bank_code: string;
  bank_name: string;
  sign_in_method: SignInMethod;
  stopped_at: Date | string | null;
  last_sign_in_at: Date | string | null;
  ad_hoc_limit: number;
  default_ad_hoc_limit: number;
}

const WITH_BANK = "LEFT JOIN banks b ON b.id = k.bank_id";
const COLUMNS = `k.id, k.version, k.name, k.search_text, b.code AS bank_code, b.name AS bank_name, k.sign_in_method, k.stopped_at,
  k.last_sign_in_at, k.ad_hoc_limit, b.default_ad_hoc_limit`;

function factsOfRow(row: ContractRow, actor: Actor): ContractFacts {
  const isTold = whyNever(actor, "read", "UsageRecord") === undefined; // when colleagues come to work is part of the history
  return {
    id: row.id,
    version: row.version,
    name: row.name,
    searchText: row.search_text,
    bankCode: row.bank_code,
    bankName: row.bank_name,
    signInMethod: row.sign_in_method,
    stoppedAt: instantOrNull(row.stopped_at),
    lastSignInAt: isTold ? instantOrNull(row.last_sign_in_at) : null,
    adHocTransferLimit: row.ad_hoc_limit,
    defaultAdHocTransferLimit: row.default_ad_hoc_limit,
  };
}

function readable(actor: Actor): Where {
  return whereFor(actor, "read", "Contract", { contractId: "k.id", bankId: "k.bank_id" });
}
