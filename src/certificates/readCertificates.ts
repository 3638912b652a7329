import { anyOf, inOrderOf, instantOf, instantOrNull } from "../foundation/database/rows.js";
import { byIndex, checkedOnly } from "../foundation/database/hints.js";
import { keysetPage, type Direction, type Page, type PageRequest } from "../foundation/database/keysetPage.js";
import type { Desk } from "../foundation/desk.js";
import type { UserKind } from "../identity/User.js";
import type { Actor } from "../policy/Actor.js";
import { statusIn, type CertificateStatus, type ReissueReason, type RevocationReason, type StoredState } from "../policy/certificateLifecycle.js";
import { whereFor } from "../policy/whereFor.js";
import type { Certificate } from "./Certificate.js";
import { certificateArms } from "./certificateArms.js";

/** A certificate without its bytes and its secrets. */
export type CertificateFacts = Omit<Certificate, "toBeSigned" | "x509" | "enrollmentCodeHash" | "wrongCodes" | "enrolledAt" | "isPast">;

export interface CertificateFilter {
  status?: CertificateStatus[] | undefined;
  userId?: string | undefined;
}

/** The certificates that the actor may read, newest first unless said otherwise. */
export async function findCertificates(
  desk: Desk,
  actor: Actor,
  filter: CertificateFilter,
  direction: Direction,
  page: PageRequest,
): Promise<Page<CertificateFacts>> {
  const isOfOne = filter.userId !== undefined; // who has had a few
  const scope = isOfOne ? readableAmongFew(actor) : readable(actor);
  const where = [scope.sql];
  const params: unknown[] = [...scope.params];
  if (filter.userId !== undefined) {
    where.push("c.user_id = ?");
    params.push(filter.userId);
  }
  if (filter.status && isOfOne) {
    const { sql, params: more } = statusIn(filter.status, desk.db.instant(desk.clock.now()));
    where.push(sql);
    params.push(...more);
  }
  const arms = filter.status && !isOfOne ? { arms: certificateArms(desk, actor, filter.status) } : {};
  const found = await keysetPage<CertificateRow>(
    desk.db.reads,
    { select: COLUMNS, from: isOfOne ? "certificates c" : inListsOrder(desk, actor), where, params, ...arms, order: { column: "c.id", id: "c.id", direction } },
    page,
  );
  return { ...found, rows: found.rows.map(factsOfRow) };
}

/** Whoever may read a few alone finds them by their holder. */
function inListsOrder({ db }: Desk, { role }: Actor): string {
  if (role !== "MASTER" && role !== "BANK_OPERATOR") return "certificates c";
  return byIndex(db.engine, "certificates c", role === "MASTER" ? "ix_certificates_contract" : "ix_certificates_bank");
}

/** The certificate of this serial that the actor may read. A serial is a name, never a credential. */
export async function certificateBySerial(desk: Desk, actor: Actor, serialNumber: string): Promise<CertificateFacts | null> {
  const [row] = await select(desk, actor, "c.serial_number = ?", [serialNumber]);
  return row ?? null;
}

/** In the order of the ids; null for what is unknown and for what the actor may not read, alike. */
export async function certificatesByIds(desk: Desk, actor: Actor, ids: readonly string[]): Promise<(CertificateFacts | null)[]> {
  return inOrderOf(ids, await select(desk, actor, anyOf("c.id", ids), ids), (certificate) => certificate.id);
}

/** The record that replaced each certificate. */
export async function successorsOf(desk: Desk, actor: Actor, ids: readonly string[]): Promise<(CertificateFacts | null)[]> {
  const found = await select(desk, actor, anyOf("c.predecessor_id", ids), ids);
  return inOrderOf(ids, found, (certificate) => certificate.predecessorId);
}

/** The X.509 bytes (DER) of certificates that the actor was shown; null where nothing was issued. */
export async function x509Of(desk: Desk, actor: Actor, ids: readonly string[]): Promise<(Buffer | null)[]> {
  const scope = readableAmongFew(actor);
  const rows: { id: string; x509: Buffer | null }[] = await desk.db.reads.query(
    `SELECT c.id, c.x509 FROM certificates c WHERE ${scope.sql} AND ${anyOf("c.id", ids)}`,
    [...scope.params, ...ids],
  );
  return inOrderOf(ids, rows, (row) => row.id).map((row) => row?.x509 ?? null);
}

interface CertificateRow {
  id: string;
  bank_id: string;
  contract_id: string;
  user_id: string;
  holder_kind: UserKind;
  issuer_id: string;
  serial_number: string;
  state: StoredState;
  is_current: 1 | null;
  predecessor_id: string | null;
  opened_at: Date | string;
  reissue_reason: ReissueReason | null;
  kept_until: Date | string | null;
  enrollment_deadline: Date | string | null;
  key_fingerprint: string | null;
  not_before: Date | string | null;
  not_after: Date | string | null;
  fingerprint: string | null;
  revoked_at: Date | string | null;
  revocation_reason: RevocationReason | null;
}

const COLUMNS = `c.id, c.bank_id, c.contract_id, c.user_id, c.holder_kind, c.issuer_id, c.serial_number, c.state, c.is_current,
  c.predecessor_id, c.opened_at, c.reissue_reason, c.kept_until, c.enrollment_deadline, c.key_fingerprint, c.not_before, c.not_after, c.fingerprint,
  c.revoked_at, c.revocation_reason`;

type Holder = Pick<CertificateFacts, "bankId" | "contractId" | "userId" | "holderKind">;

function factsOfRow(row: CertificateRow): CertificateFacts {
  const holder = { bankId: row.bank_id, contractId: row.contract_id, userId: row.user_id, holderKind: row.holder_kind };
  return factsOf(row.id, holder, row.is_current, row);
}

function factsOf(id: string, holder: Holder, isCurrent: 1 | null, row: Omit<CurrentRow, "certificate_id">): CertificateFacts {
  return {
    id,
    bankId: holder.bankId,
    contractId: holder.contractId,
    userId: holder.userId,
    holderKind: holder.holderKind,
    isCurrent,
    issuerId: row.issuer_id,
    serialNumber: row.serial_number,
    state: row.state,
    predecessorId: row.predecessor_id,
    openedAt: instantOf(row.opened_at),
    reissueReason: row.reissue_reason,
    keptUntil: instantOrNull(row.kept_until),
    enrollmentDeadline: instantOrNull(row.enrollment_deadline),
    keyFingerprint: row.key_fingerprint,
    notBefore: instantOrNull(row.not_before),
    notAfter: instantOrNull(row.not_after),
    fingerprint: row.fingerprint,
    revokedAt: instantOrNull(row.revoked_at),
    revocationReason: row.revocation_reason,
  };
}

/** The newest certificate of each user `u`, for lists of users: the join, its columns, its row. Within what the actor may read. */
export function currentCertificate(actor: Actor, join = "LEFT JOIN") {
  const { sql, params } = readableAmongFew(actor);
  return { join: `${join} certificates c ON c.user_id = u.id AND c.is_current = 1 AND ${sql}`, params, columns: CURRENT_COLUMNS };
}

export type CurrentRow = Omit<CertificateRow, "id" | "bank_id" | "contract_id" | "user_id" | "holder_kind" | "is_current"> & { certificate_id: string | null };

const CURRENT_COLUMNS = `c.id AS certificate_id, c.issuer_id, c.serial_number, c.state, c.predecessor_id, c.opened_at, c.reissue_reason, c.kept_until,
  c.enrollment_deadline, c.key_fingerprint, c.not_before, c.not_after, c.fingerprint, c.revoked_at, c.revocation_reason`;

export function currentOfRow(row: CurrentRow, holder: Holder): CertificateFacts | null {
  return row.certificate_id === null ? null : factsOf(row.certificate_id, holder, 1, row);
}

async function select(desk: Desk, actor: Actor, condition: string, params: readonly string[]): Promise<CertificateFacts[]> {
  const scope = readableAmongFew(actor);
  const rows: CertificateRow[] = await desk.db.reads.query(
    `SELECT ${COLUMNS} FROM certificates c WHERE ${scope.sql} AND ${condition}`,
    [...scope.params, ...params],
  );
  return rows.map(factsOfRow);
}

function readable(actor: Actor) {
  const bankId = actor.contractId === null ? "c.bank_id" : checkedOnly("c.bank_id");
  return whereFor(actor, "read", "Certificate", { holderId: "c.user_id", holderKind: "c.holder_kind", contractId: "c.contract_id", bankId });
}

/** Where the statement says by itself of which few it is. */
function readableAmongFew(actor: Actor) {
  return whereFor(actor, "read", "Certificate", {
    holderId: checkedOnly("c.user_id"), holderKind: "c.holder_kind", contractId: checkedOnly("c.contract_id"), bankId: checkedOnly("c.bank_id"),
  });
}
