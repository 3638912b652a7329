import { randomBytes } from "node:crypto";
import { Certificate } from "../src/certificates/Certificate.js";
import { hashOfCode, newEnrollmentCode } from "../src/certificates/enrollmentCode.js";
import { DAY, later } from "../src/foundation/clock.js";
import { insertRows } from "../src/foundation/database/insertRows.js";
import { firstIdAt, newId } from "../src/foundation/ids.js";
import { Contract, newContract } from "../src/identity/Contract.js";
import { Session } from "../src/identity/Session.js";
import { hashOfToken, newSessionToken } from "../src/identity/sessionToken.js";
import { newUser, User } from "../src/identity/User.js";
import { newSerialNumber } from "../src/pki/serialNumber.js";
import { sha256 } from "../src/pki/Signer.js";
import type { Customer } from "../src/policy/Actor.js";
import type { House } from "../test/support/House.js";

const ROWS_AT_ONCE = 200;
const ORIGIN = { requestId: "bench", address: "127.0.0.1" };

/** A Public ID with its certificate, and who acts: its contract's Master, or itself. */
export interface Client {
  holder: User;
  actor: Customer;
  token: string;
  /** Of a pending certificate. */
  code: string;
}

/**
 * Ordinary customers, ten Public IDs a contract unless it is said, everybody with a mail address. ACTIVE: a Master who is signed in, and its
 * users' certificates in their last third, so that no reissue looks suspicious. PENDING: each user itself is signed in from
 * where its contract's people always sign in from, with a code to enroll.
 */
export async function customers(house: House, count: number, state: "ACTIVE" | "PENDING", holdersAContract = 10): Promise<Client[]> {
  const now = house.clock.now();
  const issuer = await issuerOf(house);
  const clients: Client[] = [];
  const rows: { contracts: Contract[]; users: User[]; sessions: Session[]; certificates: Certificate[] } = { contracts: [], users: [], sessions: [], certificates: [] };

  while (clients.length < count) {
    const contract = newContract({ id: newId(now), bankId: house.bank.id, name: "見本商事", createdAt: now });
    const master = userOf(contract, "MASTER", now);
    const signedInMaster = signIn(master, now);
    rows.contracts.push(contract);
    rows.users.push(master);
    rows.sessions.push(signedInMaster.session, formerSession(master, now));
    for (let made = 0; made < holdersAContract && clients.length < count; made++) {
      const holder = userOf(contract, "PUBLIC", now);
      const code = newEnrollmentCode();
      rows.users.push(holder);
      rows.certificates.push(certificateOf(holder, issuer, state, code, now));
      const acting = state === "ACTIVE" ? signedInMaster : signIn(holder, now);
      if (state === "PENDING") rows.sessions.push(acting.session);
      clients.push({ holder, actor: acting.actor, token: acting.token, code });
    }
  }
  await insert(house, Contract, rows.contracts);
  await insert(house, User, rows.users);
  await insert(house, Session, rows.sessions);
  await insert(house, Certificate, rows.certificates);
  return clients;
}

export async function issuerOf({ db, desk }: House) {
  const [row]: { id: string }[] = await db.reads.query("SELECT i.id FROM issuers i WHERE i.kind = 'ISSUING'");
  return desk.issuers.open(row?.id ?? "");
}

async function insert<E extends object>(house: House, entity: new () => E, rows: readonly E[]): Promise<void> {
  await house.db.transaction(async (tx) => {
    for (let from = 0; from < rows.length; from += ROWS_AT_ONCE) await insertRows(tx, entity, ...rows.slice(from, from + ROWS_AT_ONCE));
  });
}

let numbered = 0;

function userOf(contract: Contract, kind: "MASTER" | "PUBLIC", now: Date): User {
  const loginId = `b${String(++numbered).padStart(7, "0")}`;
  return newUser({
    id: newId(now), bankId: contract.bankId, contractId: contract.id, loginId, displayName: "経理担当者", kind, authority: kind === "PUBLIC" ? "OPERATOR" : null,
    mailAddress: `${loginId}@customer.example`, createdAt: later(now, -400 * DAY),
  });
}

function signIn({ id: userId, loginId, contractId, bankId, kind }: User, now: Date) {
  const token = newSessionToken();
  const signedInAt = later(now, -DAY / 24);
  const session: Session = {
    id: newId(now), userId, tokenHash: hashOfToken(token), isCurrent: 1, isEnrollOnly: false, passwordsDue: null, signedInAt, previousSignInAt: null,
    lastUsedAt: now, expiresAt: later(now, DAY), endedAt: null, endReason: null, address: ORIGIN.address, certificateFingerprint: null,
  };
  return { token, session, actor: { role: kind, userId, loginId, contractId, bankId, sessionId: session.id, origin: ORIGIN } satisfies Customer };
}

/** As if it had been made then: `newId` never goes back. */
function idOf(instant: Date): string {
  return firstIdAt(instant).slice(0, 10) + newId(instant).slice(10);
}

/** From where a contract's people sign in is known for long. */
function formerSession(user: User, now: Date): Session {
  const { session } = signIn(user, later(now, -30 * DAY));
  return { ...session, id: idOf(session.signedInAt), isCurrent: null, endedAt: later(session.signedInAt, DAY / 24), endReason: "SIGNED_OUT" };
}

function certificateOf(holder: User, issuer: { id: string }, state: "ACTIVE" | "PENDING", code: string, now: Date): Certificate {
  const isActive = state === "ACTIVE";
  const x509 = isActive ? randomBytes(900) : null;
  const openedAt = isActive ? later(now, -260 * DAY) : now;
  return {
    id: idOf(openedAt), bankId: holder.bankId, contractId: holder.contractId, userId: holder.id, holderKind: holder.kind, issuerId: issuer.id,
    serialNumber: newSerialNumber(), state, isCurrent: 1, predecessorId: null, openedAt, reissueReason: null, keptUntil: null,
    enrollmentDeadline: isActive ? null : later(now, 80 * DAY), enrollmentCodeHash: isActive ? null : hashOfCode(code), wrongCodes: 0, toBeSigned: null,
    keyFingerprint: isActive ? randomBytes(32).toString("hex") : null, notBefore: isActive ? later(now, -255 * DAY) : null, notAfter: isActive ? later(now, 110 * DAY) : null,
    x509, fingerprint: x509 && sha256(x509).toString("hex"), enrolledAt: isActive ? later(now, -255 * DAY) : null, revokedAt: null, revocationReason: null, isPast: null,
  };
}
