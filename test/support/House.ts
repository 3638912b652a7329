import { hash } from "@node-rs/argon2";
import type { FastifyInstance } from "fastify";
import { pino, type Logger } from "pino";
import type { IssuersSettings } from "../../src/authorities/Issuers.js";
import { openIssuers } from "../../src/authorities/openIssuers.js";
import { Certificate } from "../../src/certificates/Certificate.js";
import { hasActiveCertificate, openSuccessor, revoke } from "../../src/certificates/certificateStore.js";
import { acceptKey } from "../../src/certificates/acceptKey.js";
import { certificateExaminer, holdCertificate } from "../../src/certificates/examineCertificate.js";
import { finishEnrollment } from "../../src/certificates/finishEnrollment.js";
import { DAY, MINUTE, later } from "../../src/foundation/clock.js";
import { openDatabase } from "../../src/foundation/database/openDatabase.js";
import { newId } from "../../src/foundation/ids.js";
import { openRateLimits } from "../../src/foundation/rateLimits.js";
import { secretBox } from "../../src/foundation/secretBox.js";
import { openHistoryKey } from "../../src/history/checkpoints.js";
import { sealHistory } from "../../src/history/sealHistory.js";
import { deliverNotices } from "../../src/notices/deliverNotices.js";
import { UsageRecord } from "../../src/history/UsageRecord.js";
import type { Mail } from "../../src/notices/mailer.js";
import type { DoorSettings, HouseDesk } from "../../src/http/server.js";
import { openTurns } from "../../src/http/turns.js";
import { Bank, ordinaryPolicy } from "../../src/identity/Bank.js";
import { Contract, newContract, type SignInMethod } from "../../src/identity/Contract.js";
import { BankOperator, newOperator } from "../../src/identity/BankOperator.js";
import { Password, type PasswordDue } from "../../src/identity/Password.js";
import { openOperatorSession } from "../../src/identity/operatorSessions.js";
import { openSession, roleIn } from "../../src/identity/sessions.js";
import { newUser, User } from "../../src/identity/User.js";
import { insertUser } from "../../src/identity/userStore.js";
import { readCertificateRequest } from "../../src/pki/certificateRequest.js";
import { openTrustedDocuments } from "../../src/partners/trustedDocuments.js";
import { newSerialNumber } from "../../src/pki/serialNumber.js";
import { keySigner, newKey, type Signer } from "../../src/pki/Signer.js";
import type { Vault } from "../../src/pki/Vault.js";
import type { Customer, Operator } from "../../src/policy/Actor.js";
import type { CertificateStatus } from "../../src/policy/certificateLifecycle.js";
import { openCrls } from "../../src/validation/openCrls.js";
import { openDirectory } from "../../src/validation/openDirectory.js";
import { openResponders } from "../../src/validation/openResponders.js";
import { aCsr } from "./csr.js";
import { freshDatabase, type FreshDatabase } from "./engine.js";
import { memorySafekeeping, MemoryMailer } from "./outside.js";
import { noteCodes } from "./seenCodes.js";
import { StoppedClock } from "./StoppedClock.js";

/** Everybody's password is hashed once, so that proving it takes no time; what the house itself hashes costs what it must. */
const CHEAP = { memoryCost: 64, timeCost: 1, parallelism: 1 };

/** Where certificates of a test's house say that CRLs and OCSP are. */
export const PKI_URL = "http://pki.shinkin.example";
const secrets = secretBox("a test's house"); // made once: it takes its time

export const PASSWORD = "Right-pass-1";
/** 2026-11-24 10:00 in Japan. */
export const THE_MORNING = new Date("2026-11-24T01:00:00.000Z");

const ORIGIN = { requestId: "test", address: "127.0.0.1" };

/** A log that keeps nothing. */
export const silence = { info: () => undefined, warn: () => undefined, error: () => undefined };

const endless = openTurns({ atOnce: 0, underWay: 0, waiting: 1 });

/** A door without proxies, at which everything is up to date at once. */
export const ordinarySettings: DoorSettings = {
  graphiql: "all", proxies: { loopback: false, certificates: new Set() }, ocspMaxAgeSeconds: 0,
  introspection: "all", requestMs: 30_000, lanes: { ORDINARY: endless, SIGN_IN: endless, STOP: endless }, trustedOnly: new Set(),
  compileAt: Number(process.env.SHOMEI_TEST_COMPILE_AT ?? 1), // the suite runs with the compiler and without it
};

/** Somebody signed in, with the token that says so. */
export type Caller = Customer & { token: string };

/** One of the bank's staff, signed in. */
export type DeskCaller = Operator & { token: string };

/** A contract with its Master and two Public IDs. */
export interface Tenant {
  bank: Bank;
  contract: Contract;
  master: User;
  taro: User;
  hana: User;
}

/** A whole house on a database of its own, with a stopped clock. What a test doesn't say is ordinary. */
export class House {
  private constructor(
    readonly desk: HouseDesk,
    readonly clock: StoppedClock,
    readonly database: FreshDatabase,
    readonly bank: Bank,
    /** Where the keys of its CAs are, for another process of the same house. */
    readonly vault: Vault,
    private readonly passwordHash: string,
  ) {}

  static async open(changes: Partial<HouseDesk> = {}, { now = THE_MORNING, ...cas }: Partial<IssuersSettings> & { now?: Date } = {}): Promise<House> {
    const database = await freshDatabase();
    const db = await openDatabase(database.source);
    const clock = new StoppedClock(now);
    const ground = { db, clock, log: silence };
    const safekeeping = changes.safekeeping ?? memorySafekeeping();
    const bank: Bank = { id: newId(now), code: "5120", name: "証明信用金庫", ...ordinaryPolicy, isDemo: false, createdAt: now };
    await db.transaction((tx) => tx.insert(Bank, bank));
    const vault = cas.vault ?? memoryVault();
    const issuers = await openIssuers(ground, { ...caSettings(vault), ...cas });
    const desk: HouseDesk = {
      ...ground, issuers, newSerialNumber, blockedKeys: new Set(), signInFloorMs: 0, hasActiveCertificate,
      examine: certificateExaminer(ground),
      hold: holdCertificate,
      safekeeping,
      historyKey: await openHistoryKey(memoryVault(), safekeeping),
      secrets,
      mailer: new MemoryMailer(),
      crls: openCrls({ ...ground, issuers, safekeeping }, 0),
      responders: openResponders(ground),
      directory: openDirectory(ground),
      rates: openRateLimits(ground, { ADDRESS: 0, SESSION: 0, SIGN_IN: 0 }),
      documents: openTrustedDocuments(ground),
      ...changes,
    };
    return new House(desk, clock, database, bank, vault, await hash(PASSWORD, CHEAP));
  }

  async close(): Promise<void> {
    await this.noteCodes();
    await this.desk.db.close();
    await this.database.drop();
  }

  get db() {
    return this.desk.db;
  }

  /** The street door over this house. Not listening: to be used with `inject`. Loaded by those alone that open it: it takes its time. */
  async door(log: Logger = pino({ level: "silent" }), settings: Partial<DoorSettings> = {}): Promise<FastifyInstance> {
    const { openDoor } = await import("../../src/http/server.js");
    return openDoor(this.desk, log, { ...ordinarySettings, ...settings });
  }

  private made = 0;

  /** Login IDs are `master1`, `taro001`, … with a number of their own. */
  async aTenant({ signInMethod = "PASSWORD", bank = this.bank }: { signInMethod?: SignInMethod; bank?: Bank } = {}): Promise<Tenant> {
    const number = String(++this.made).padStart(3, "0"); // taken at once: several may be made at the same time
    const now = this.clock.now();
    const contract = newContract({ id: newId(now), bankId: bank.id, name: `契約先${number}`, signInMethod, createdAt: now });
    await this.db.transaction((tx) => tx.insert(Contract, contract));
    const master = await this.aUser(contract, { loginId: `master${number}`, displayName: "管理者", kind: "MASTER", authority: null });
    const taro = await this.aUser(contract, { loginId: `taro${number}`, displayName: "経理太郎", authority: "APPROVER" });
    const hana = await this.aUser(contract, { loginId: `hana${number}`, displayName: "経理花子" });
    return { bank, contract, master, taro, hana };
  }

  async aUser(contract: Contract, facts: Partial<User> = {}): Promise<User> {
    const now = this.clock.now();
    const id = newId(now);
    const named = { loginId: loginIdFrom(id), displayName: "利用者", ...facts };
    const user = newUser({ id, bankId: contract.bankId, contractId: contract.id, createdAt: now, ...named });
    await this.db.transaction(async (tx) => {
      await insertUser(tx, user);
      for (const kind of ["LOGIN", "REGISTRATION"] as const) {
        await tx.insert(Password, { userId: id, kind, hash: this.passwordHash, tries: 0, lockedAt: null, setAt: now, changeDue: null });
      }
    });
    return user;
  }

  /** Signs somebody in without the ceremony. */
  async signedIn(user: User, { isEnrollOnly = false, passwordsDue = null as PasswordDue | null, boundTo = null as string | null } = {}): Promise<Caller> {
    const now = this.clock.now();
    const { token, session } = await this.db.transaction((tx) =>
      openSession(tx, user, { bank: this.bank, isEnrollOnly, passwordsDue, boundTo, address: "127.0.0.1", now }));
    const { id: userId, loginId, contractId, bankId, kind } = user;
    return { role: roleIn({ kind, ...session }), userId, loginId, contractId, bankId, sessionId: session.id, origin: ORIGIN, token };
  }

  /** One of a bank's staff; its password is everybody's. */
  async anOperator(bank: Bank = this.bank, facts: Partial<BankOperator> = {}): Promise<BankOperator> {
    const now = this.clock.now();
    const id = newId(now);
    const operator = newOperator({
      id, bankId: bank.id, loginId: loginIdFrom(id), displayName: "窓口担当者", hash: this.passwordHash, createdAt: now, ...facts,
    });
    await this.db.transaction((tx) => tx.insert(BankOperator, operator));
    return operator;
  }

  /** Signs one of the bank's staff in without the ceremony. */
  async atTheDesk(operator: BankOperator): Promise<DeskCaller> {
    const bank = await this.db.reads.findOneBy(Bank, { id: operator.bankId });
    if (!bank) throw new Error("an operator of no bank");
    const { actor, token } = await this.db.transaction((tx) => openOperatorSession(tx, operator, bank, ORIGIN, this.clock.now()));
    return { ...actor, token };
  }

  /** A current certificate of this status, made by the very code that makes them, then moved in time by hand. */
  async aCertificate(user: User, status: CertificateStatus = "ACTIVE", csr = aCsr().pem): Promise<Certificate & { enrollmentCode: string }> {
    const { desk, db } = this;
    const now = this.clock.now();
    const { successor, enrollmentCode } = await db.transaction((tx) => openSuccessor(desk, tx, user, null, now));
    if (status === "ACTIVE" || status === "EXPIRED") {
      await db.transaction((tx) => acceptKey(desk, tx, successor, readCertificateRequest(csr)));
      await finishEnrollment(desk, successor, { loginId: user.loginId, origin: { requestId: "test", address: null } });
      await db.transaction(async (tx) => { // it has long been so: no screen of the test's showed it otherwise
        await tx.update(User, { id: user.id }, { version: user.version });
        await tx.update(UsageRecord, { certificateId: successor.id }, { before: null, after: null });
      });
    }
    await db.transaction(async (tx) => {
      const { id } = successor;
      if (status === "REVOKED") await revoke(tx, successor, "CESSATION_OF_OPERATION", now);
      if (status === "ENROLLMENT_EXPIRED") await tx.update(Certificate, { id }, { enrollmentDeadline: later(now, -DAY) });
      if (status === "EXPIRED") await tx.update(Certificate, { id }, { notBefore: later(now, -365 * DAY), notAfter: later(now, -MINUTE) });
    });
    const certificate = await this.certificate(successor.id);
    return { ...certificate, enrollmentCode };
  }

  async certificate(id: string): Promise<Certificate> {
    const found = await this.db.reads.findOneBy(Certificate, { id });
    if (!found) throw new Error(`no certificate ${id}`);
    return found;
  }

  async currentCertificate(user: User): Promise<Certificate | null> {
    return this.db.reads.findOneBy(Certificate, { userId: user.id, isCurrent: 1 });
  }

  /** The history, oldest first; of everybody, or of one contract. */
  async history(contract?: Contract): Promise<UsageRecord[]> {
    return this.db.reads.find(UsageRecord, { ...(contract ? { where: { contractId: contract.id } } : {}), order: { id: "ASC" } });
  }

  /** Seals what was entered so far, as the server's background does. */
  async seal(): Promise<number> {
    return (await sealHistory(this.desk)).sealed;
  }

  /** The mails that were sent, now that all that are due have been. */
  async mails(): Promise<Mail[]> {
    await deliverNotices(this.desk);
    return (this.desk.mailer as MemoryMailer).sent;
  }

  /** Another policy of the bank's, from now on. */
  async setPolicy(policy: Partial<Bank>): Promise<void> {
    await this.db.transaction((tx) => tx.update(Bank, { id: this.bank.id }, policy));
  }

  /** Everything that is stored but the history: what a refusal must leave as it was. */
  async snapshot(): Promise<Record<string, unknown[]>> {
    const tables = [...BANKS, ...CUSTOMERS];
    const rows = await Promise.all(tables.map((table): Promise<Record<string, unknown>[]> => this.db.reads.query(`SELECT * FROM ${table} ORDER BY 1, 2`)));
    return Object.fromEntries(tables.map((table, index) => [table, (rows[index] ?? []).map(comparable)]));
  }

  /** What was refused to use cases that a test called by themselves stands in the history. */
  private async noteCodes(): Promise<void> {
    const entries = await this.db.reads.find(UsageRecord, { where: { outcome: "REFUSED" }, select: { code: true, before: true } }).catch(() => []); // some take the history away
    noteCodes(entries.map(({ code, before }) => `"code":"${String(code)}" ${before ?? ""}`).join("\n"));
  }

  /** Begins anew: nobody and nothing is left but banks with their CAs and calendars. */
  async clear(): Promise<void> {
    await this.noteCodes();
    await this.db.transaction(async (tx) => {
      for (const table of ["pending_seals", "usage_history", ...CUSTOMERS]) await tx.query(`DELETE FROM ${table}`);
    });
  }
}

const BANKS = ["banks", "bank_holidays", "issuers", "crls", "crl_parts", "ocsp_signers"];
/** In the order in which they can be deleted. */
const CUSTOMERS = [
  "idempotency_keys", "notices", "alert_acknowledgements", "alerts", "approval_requests", "operator_sessions", "bank_operators", "certified_keys", "certificates", "sessions",
  "former_passwords", "passwords", "user_companies", "closed_days", "companies", "user_grams", "users", "contracts",
];

/** Bytes as text: they are compared, and told apart, a hundred times faster. */
function comparable(row: Record<string, unknown>): Record<string, unknown> {
  for (const column in row) {
    const value = row[column];
    if (Buffer.isBuffer(value)) row[column] = value.toString("base64");
  }
  return row;
}

const keysOfAll = new Map<string, Signer>();

/** What the CAs of a test's house are made with. */
export const caSettings = (vault: Vault = memoryVault()) => ({ vault, keyKind: "P-256", pkiUrl: PKI_URL }) as const;

/** CA keys in memory, made once a process: what is slow about them is tested in `pki/`. */
export function memoryVault(keys?: Map<string, Signer>): Vault {
  const here = keys ?? new Map<string, Signer>(); // a vault knows what was made in it; two houses may be given the same key
  return {
    open: (label) => Promise.resolve(here.get(label)),
    make: (label, kind) => {
      const made = here.get(label) ?? (keys ? undefined : keysOfAll.get(`${label} ${kind}`)) ?? keySigner(newKey(kind));
      if (!keys) keysOfAll.set(`${label} ${kind}`, made);
      here.set(label, made);
      return Promise.resolve(made);
    },
  };
}

/** A login ID as the rules have them: the end of an id alone may be without a digit. */
function loginIdFrom(id: string): string {
  return `d${id.slice(-8).toLowerCase()}0`;
}
