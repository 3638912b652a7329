import { DAY } from "../../src/foundation/clock.js";
import { gramsOf } from "../../src/foundation/grams.js";
import { searchable } from "../../src/foundation/text.js";
import type { Bank} from "../../src/identity/Bank.js";
import { ordinaryPolicy } from "../../src/identity/Bank.js";
import { deedActions, type DeedAction } from "../../src/policy/deeds.js";
import type { Value } from "./bulk.js";
import { companyName, displayName, loginPrefixes, scattered } from "./people.js";

/** How much of everything. */
export interface Size {
  contracts: number;
  users: number;
  certificates: number;
  entries: number;
  /** Users of the one large contract. */
  large: number;
}

/** So many users of one bank with what belongs to them: a contract for a hundred, three certificates and ten entries each. */
export function sizeOf(users: number, large = Math.min(8_000, Math.floor(users / 2))): Size {
  return { contracts: Math.ceil(users / 100), users, certificates: users * 3, entries: users * 10, large };
}

export interface Table {
  name: string;
  columns: readonly string[];
  rows: () => Iterable<readonly Value[]>;
}

const YEARS = 6;
const VALIDITY_DAYS = 700;
const TARGETS_ENTRIES = 60;

/**
 * A bank as it is after six years, ending at `now`, table by table. It stands in the database as the server would have
 * written it, but for what nothing here asks about: certificates are without their bytes, passwords without a hash that
 * anybody could prove, and the history isn't sealed. The same size is the same bank.
 */
export class Population {
  readonly bank: Bank;
  readonly issuerId: string;
  private readonly prefixes: string[];
  private readonly sizes: number[];
  /** By login ID. */
  private readonly logins: string[] = [];
  private readonly contractOf: number[] = [];
  private readonly madeAt: number[] = [];
  private readonly contractIds: string[];
  private readonly userIds: string[] = [];

  constructor(readonly size: Size, readonly now: Date, bank?: Bank, issuerId?: string) {
    this.bank = bank ?? { id: idAt(this.began, 0), code: "5120", name: "証明信用金庫", ...ordinaryPolicy, validityDays: VALIDITY_DAYS, isDemo: false, createdAt: new Date(this.began) };
    this.issuerId = issuerId ?? idAt(this.began, 1);
    this.prefixes = loginPrefixes(size.contracts);
    this.sizes = sharesOf(size);
    this.contractIds = this.prefixes.map((_prefix, index) => idAt(this.began + (scattered(index) % (2 * 365)) * DAY, index));
    for (const [contract, count] of this.sizes.entries()) {
      for (let number = 0; number < count; number++) {
        const user = this.logins.length;
        this.logins.push(`${this.prefixes[contract] ?? ""}${String(number + 1).padStart(count > 999 ? 5 : 3, "0")}`);
        this.contractOf.push(contract);
        this.madeAt.push(this.began + (scattered(user + 11) % (4 * 365 * 24)) * (DAY / 24));
        this.userIds.push(idAt(this.madeAt[user] ?? 0, user));
      }
    }
  }

  /** Whom the questions are about. */
  get people() {
    const contract = this.sizes.indexOf(Math.max(...this.sizes));
    const master = this.contractOf.indexOf(contract);
    const someone = this.hot;
    const of = (user: number) => ({ userId: this.userIds[user] ?? "", loginId: this.logins[user] ?? "", contractId: this.contractIds[this.contractOf[user] ?? 0] ?? "", bankId: this.bank.id });
    return { master: of(master), someone: of(someone), serialNumber: serialOf(someone), operatorId: this.operatorId, requestId: `r${String(someone)}` };
  }

  tables(): Table[] {
    return [
      { name: "contracts", columns: ["id", "bank_id", "name", "sign_in_method", "version", "ad_hoc_limit", "search_text", "created_at"], rows: () => this.contracts() },
      { name: "companies", columns: [
        "id", "contract_id", "name", "code", "branch_code", "branch_name", "account_kind", "account_number", "offers_bulk_transfer", "offers_payroll", "offers_ad_hoc_transfer", "offers_direct_debit",
      ], rows: () => this.companies() },
      { name: "users", columns: [
        "id", "bank_id", "contract_id", "login_id", "display_name", "kind", "authority", "version", "search_text", "suspended_at", "deregistered_at", "created_at",
      ], rows: () => this.users() },
      { name: "user_grams", columns: ["bank_id", "gram", "login_id"], rows: () => this.grams() },
      { name: "passwords", columns: ["user_id", "kind", "hash", "tries", "locked_at", "set_at"], rows: () => this.passwords() },
      { name: "certificates", columns: [
        "id", "bank_id", "contract_id", "user_id", "holder_kind", "issuer_id", "serial_number", "state", "is_current", "is_past", "opened_at", "enrollment_deadline", "wrong_codes",
        "not_before", "not_after", "fingerprint", "enrolled_at", "revoked_at", "revocation_reason",
      ], rows: () => this.certificates() },
      { name: "usage_history", columns: [
        "id", "bank_id", "contract_id", "at", "actor_id", "actor_login_id", "actor_role", "action", "target_user_id", "target_login_id", "certificate_id", "outcome", "request_id", "address",
      ], rows: () => this.entries() },
      { name: "bank_operators", columns: ["id", "bank_id", "login_id", "display_name", "hash", "tries", "created_at"], rows: () => [[this.operatorId, this.bank.id, "growth001", "窓口担当者", "x", 0, text(this.began)]] },
      { name: "approval_requests", columns: [
        "id", "bank_id", "contract_id", "user_id", "act", "target_version", "state", "requested_by", "requested_at", "expires_at",
      ], rows: () => this.requests() },
      { name: "alerts", columns: ["id", "bank_id", "contract_id", "kind", "user_id", "certificate_id", "occasion", "raised_at", "last_at", "times", "evidence"], rows: () => this.alerts() },
      { name: "notices", columns: [
        "id", "bank_id", "contract_id", "user_id", "recipient_id", "mail_address", "kind", "facts", "state", "tries", "next_try_at", "created_at",
      ], rows: () => this.notices() },
    ];
  }

  private get began(): number {
    return this.now.getTime() - YEARS * 365 * DAY;
  }

  private get operatorId(): string {
    return idAt(this.began, 2);
  }

  /** Of the history's entries that have a target, every so manieth is about this one. */
  private get hot(): number {
    return Math.floor(this.size.users * 0.37);
  }

  private *contracts(): Iterable<Value[]> {
    for (const [index, id] of this.contractIds.entries()) {
      const name = companyName(index);
      yield [id, this.bank.id, name, "PASSWORD", 1, 100_000, searchable(name), text(this.began)];
    }
  }

  private *companies(): Iterable<Value[]> {
    for (const [index, id] of this.contractIds.entries()) {
      yield [idAt(this.began, index), id, companyName(index), String(index).padStart(10, "0"), "090", "本部090", "ORDINARY", "1000900", 1, 1, 1, 1];
    }
  }

  private *users(): Iterable<Value[]> {
    for (const [user, id] of this.userIds.entries()) {
      const isMaster = this.isMaster(user);
      const luck = isMaster ? 99 : scattered(user + 5) % 100;
      const authority = isMaster ? null : scattered(user + 6) % 3 === 0 ? "APPROVER" : "OPERATOR";
      const later = text(Math.min(this.now.getTime(), (this.madeAt[user] ?? 0) + 200 * DAY));
      yield [
        id, this.bank.id, this.contractIds[this.contractOf[user] ?? 0] ?? "", this.logins[user] ?? "", this.nameOf(user), isMaster ? "MASTER" : "PUBLIC", authority, 1, this.searchTextOf(user),
        luck === 4 ? later : null, luck < 4 ? later : null, text(this.madeAt[user] ?? 0),
      ];
    }
  }

  /** Sorted as the table is, so that it is written from one end to the other. */
  private *grams(): Iterable<Value[]> {
    const having = new Map<string, number[]>();
    for (const user of this.userIds.keys()) {
      for (const gram of gramsOf(this.searchTextOf(user))) {
        const known = having.get(gram);
        if (known) known.push(user);
        else having.set(gram, [user]);
      }
    }
    for (const gram of [...having.keys()].sort()) for (const user of having.get(gram) ?? []) yield [this.bank.id, gram, this.logins[user] ?? ""];
  }

  private *passwords(): Iterable<Value[]> {
    for (const [user, id] of this.userIds.entries()) {
      const isLocked = scattered(user + 7) % 200 === 0;
      yield [id, "LOGIN", "x", isLocked ? 6 : 0, isLocked ? text(this.now.getTime() - DAY) : null, text(this.madeAt[user] ?? 0)];
    }
  }

  /** Two years after two years, one for everybody; of the newest ones most are good. */
  private *certificates(): Iterable<Value[]> {
    const { users, certificates } = this.size;
    const stages = Math.ceil(certificates / users);
    for (let number = 0; number < certificates; number++) {
      const user = scatteredUser(number, users);
      const opened = this.began + (number / certificates) * YEARS * 365 * DAY;
      const ends = opened + VALIDITY_DAYS * DAY;
      const isNewest = Math.floor(number / users) === stages - 1;
      const luck = scattered(number + 13) % 100;
      const age = this.now.getTime() - opened;
      const isPending = isNewest && (age < 80 * DAY ? luck < 30 : luck < 3);
      const isRevoked = !isPending && (isNewest ? luck < 8 : luck < 70);
      const deadline = opened + 80 * DAY;
      const isPast = isPending ? deadline < this.now.getTime() : !isRevoked && ends < this.now.getTime();
      yield [
        idAt(opened, number), this.bank.id, this.contractIds[this.contractOf[user] ?? 0] ?? "", this.userIds[user] ?? "", this.isMaster(user) ? "MASTER" : "PUBLIC", this.issuerId, serialOf(number),
        isPending ? "PENDING" : isRevoked ? "REVOKED" : "ACTIVE", isNewest ? 1 : null, isPast ? 1 : null, text(opened), isPending ? text(deadline) : null, 0,
        isPending ? null : text(opened), isPending ? null : text(ends), isPending ? null : serialOf(number).padStart(64, "0"), isPending ? null : text(opened + DAY),
        isRevoked ? text(Math.min(this.now.getTime(), opened + 400 * DAY)) : null, isRevoked ? "SUPERSEDED" : null,
      ];
    }
  }

  private *entries(): Iterable<Value[]> {
    const { entries, users } = this.size;
    const each = Math.max(1, Math.floor(entries / TARGETS_ENTRIES));
    for (let number = 0; number < entries; number++) {
      const at = this.began + (number / entries) * YEARS * 365 * DAY;
      const luck = scattered(number + 17) % 1_000;
      const isOfHot = number % each === 0;
      const actor = isOfHot ? this.hot : scatteredUser(number, users);
      const action: DeedAction = isOfHot ? "USER_UPDATE" : luck < 700 ? "SIGN_IN" : deedActions[luck % deedActions.length] ?? "SIGN_IN";
      const target = action === "SIGN_IN" ? null : actor;
      yield [
        idAt(at, number), this.bank.id, this.contractIds[this.contractOf[actor] ?? 0] ?? "", text(at), this.userIds[actor] ?? "", this.logins[actor] ?? "", "PUBLIC", action,
        target === null ? null : this.userIds[target] ?? "", target === null ? null : this.logins[target] ?? "", null,
        scattered(number + 19) % 10_000 === 0 ? "FAILED" : luck % 25 === 0 ? "REFUSED" : "SUCCEEDED", `r${String(number)}`, "192.0.2.7",
      ];
    }
  }

  private *requests(): Iterable<Value[]> {
    for (const [number, user] of this.some()) {
      const at = this.timeOf(number);
      const isOpen = number % 10 === 1;
      const expires = (isOpen ? this.now.getTime() : at) + DAY;
      const state = isOpen ? "OPEN" : number % 3 === 0 ? "REJECTED" : "APPROVED";
      yield [idAt(at, number), this.bank.id, this.contractIds[this.contractOf[user] ?? 0] ?? "", this.userIds[user] ?? "", "MASTER_REISSUE", number % 7 === 0 ? 2 : 1, state, this.operatorId, text(at), text(expires)];
    }
  }

  private *alerts(): Iterable<Value[]> {
    for (const [number, user] of this.some()) {
      const at = this.timeOf(number);
      const id = idAt(at, number);
      yield [id, this.bank.id, this.contractIds[this.contractOf[user] ?? 0] ?? "", number % 3 === 0 ? "REISSUE_BURST" : "REISSUE_REPEATED", this.userIds[user] ?? "", id, id, text(at), text(at), 1, "{}"];
    }
  }

  private *notices(): Iterable<Value[]> {
    for (const [number, user] of this.some()) {
      const at = this.timeOf(number);
      const id = this.userIds[user] ?? "";
      yield [idAt(at, number), this.bank.id, this.contractIds[this.contractOf[user] ?? 0] ?? "", id, id, "taro@example.com", "PASSWORDS_CHANGED", "{}", number % 50 === 0 ? "DEAD" : "SENT", 1, text(at), text(at)];
    }
  }

  /** One in fifty users, in the order of time. */
  private *some(): Iterable<[number, number]> {
    for (let number = 0; number < this.size.users / 50; number++) yield [number, scatteredUser(number, this.size.users)];
  }

  private timeOf(number: number): number {
    return this.began + ((number * 50) / this.size.users) * YEARS * 365 * DAY;
  }

  private isMaster(user: number): boolean {
    return user === 0 || this.contractOf[user] !== this.contractOf[user - 1];
  }

  private nameOf(user: number): string {
    return this.isMaster(user) ? "システム管理者" : displayName(user);
  }

  private searchTextOf(user: number): string {
    return searchable(`${this.logins[user] ?? ""} ${this.nameOf(user)}`);
  }
}

/** The large contract in the middle of the login IDs, all others alike. */
function sharesOf({ contracts, users, large }: Size): number[] {
  const others = users - large;
  const shares = Array.from({ length: contracts }, (_none, index) => Math.floor(others / (contracts - 1)) + (index < others % (contracts - 1) ? 1 : 0));
  shares.splice(Math.floor(contracts / 2), 1, large);
  const missing = users - shares.reduce((sum, share) => sum + share, 0);
  shares[0] = (shares[0] ?? 0) + missing;
  return shares;
}

const PRIME = 7_368_787; // with no size in common

function scatteredUser(number: number, users: number): number {
  return (number * PRIME) % users;
}

function serialOf(number: number): string {
  return `4${[1, 2, 3].map((part) => scattered(number * 4 + part).toString(16).padStart(8, "0")).join("")}${number.toString(16).padStart(7, "0")}`;
}

const DIGITS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";

/** A ULID of this instant, the same for the same number. */
function idAt(instant: number, number: number): string {
  let time = "";
  for (let rest = Math.floor(instant); time.length < 10; rest = Math.floor(rest / 32)) time = `${DIGITS[rest % 32] ?? ""}${time}`;
  return `${time}${hex(scattered(number + 23), 8)}${hex(number, 8)}`; // hexadecimal digits are among a ULID's
}

function hex(value: number, length: number): string {
  return value.toString(16).toUpperCase().padStart(length, "0");
}

/** As both databases take and compare it. */
function text(instant: number): string {
  return new Date(instant).toISOString().replace("T", " ").replace("Z", "");
}
