import { generateKeyPairSync, type KeyObject } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import type { FastifyInstance } from "fastify";
import { pino } from "pino";
import { rotateIssuer } from "../../src/authorities/rotateIssuer.js";
import { Certificate } from "../../src/certificates/Certificate.js";
import { revokeCertificate } from "../../src/certificates/revokeCertificate.js";
import { DAY, SECOND, later } from "../../src/foundation/clock.js";
import { newId } from "../../src/foundation/ids.js";
import type { DoorSettings } from "../../src/http/server.js";
import { Bank } from "../../src/identity/Bank.js";
import type { User } from "../../src/identity/User.js";
import { clientCertificate, ocspSigner, signed, validityFrom } from "../../src/pki/certificateProfile.js";
import { makeIssuingCa, makeRoot } from "../../src/pki/hierarchy.js";
import { holderName, ocspSignerName } from "../../src/pki/names.js";
import { toPem } from "../../src/pki/pem.js";
import { newSerialNumber } from "../../src/pki/serialNumber.js";
import { keySigner, newKey, type KeyKind } from "../../src/pki/Signer.js";
import { aCsr } from "./csr.js";
import { House, memoryVault, type Tenant } from "./House.js";
import { freePort } from "./ThrowawayMariaDb.js";

/** A holder's certificate and key, as files that any program reads. */
export interface Held {
  certificate: string;
  key: string;
  der: Buffer;
}

export type HolderKey = "P-256" | "RSA-3072";

/** What each relying party is shown: one to accept, and what must be refused. */
export interface Credentials {
  active: Enrolled;
  /** For KEY_COMPROMISE, at the house's present. */
  revoked: Enrolled;
  expired: Enrolled;
  /** Of another CA, with the very same names and the same kind of key. */
  foreign: Held;
  /** Of the bank's own CA, for another purpose: its OCSP signer's profile. */
  otherPurpose: Held;
}

interface Options {
  caKey?: KeyKind;
  door?: Partial<DoorSettings>;
  /** The serials of the first certificates, in this order; the rest are random. */
  serials?: readonly string[];
}

const ROWS_AT_ONCE = 500; // of some 25 values each: SQLite takes 32,766 a statement

/** A certificate of a holder of ours. */
export type Enrolled = Held & { user: User; certificateId: string };

/**
 * A house at the real time whose door listens on the loopback, for programs that aren't ours: its certificates carry the
 * address at which it really is. `dir` holds `root.pem`, `issuing.pem` and `chain.pem` (both), and once there are
 * credentials, `foreign-root.pem` and `foreign-issuing.pem`.
 */
export class ListeningHouse {
  private constructor(
    readonly house: House,
    readonly door: FastifyInstance,
    readonly base: string,
    readonly dir: string,
    readonly tenant: Tenant,
    private readonly caKey: KeyKind,
  ) {}

  static async open({ caKey = "P-256", door: settings = {}, serials = [] }: Options = {}): Promise<ListeningHouse> {
    const port = await freePort();
    const base = `http://127.0.0.1:${String(port)}`;
    const wanted = [...serials];
    const cas = { now: wholeSecond(new Date()), pkiUrl: base, keyKind: caKey, vault: memoryVault(new Map()) };
    const house = await House.open({ newSerialNumber: () => wanted.shift() ?? newSerialNumber() }, cas);
    const door = await house.door(pino({ level: "silent" }), settings);
    await door.listen({ host: "127.0.0.1", port });
    const dir = mkdtempSync(join(tmpdir(), "shomei-relying-"));
    const tenant = await house.aTenant({ signInMethod: "CERTIFICATE" });
    const listening = new ListeningHouse(house, door, base, dir, tenant, caKey);
    const [issuing = Buffer.of(), root = Buffer.of()] = await house.desk.issuers.chainOf((await listening.issuer()).id);
    listening.write("issuing.pem", toPem("CERTIFICATE", issuing));
    listening.write("root.pem", toPem("CERTIFICATE", root));
    listening.write("chain.pem", toPem("CERTIFICATE", issuing) + toPem("CERTIFICATE", root));
    return listening;
  }

  async close(): Promise<void> {
    await this.door.close();
    await this.house.close();
    rmSync(this.dir, { recursive: true, force: true });
  }

  /** The bank's CA. */
  async issuer() {
    const [row]: { id: string }[] = await this.house.db.reads.query("SELECT i.id FROM issuers i WHERE i.kind = 'ISSUING' ORDER BY i.id DESC LIMIT 1");
    return this.house.desk.issuers.open(row?.id ?? "");
  }

  file(name: string): string {
    return join(this.dir, name);
  }

  write(name: string, content: string | Buffer): string {
    writeFileSync(this.file(name), content, { mode: 0o600 });
    return this.file(name);
  }

  /** Lets the house's time, which stands still otherwise, catch up with the real one: at least by a second. */
  async letTimePass(): Promise<void> {
    const { clock } = this.house;
    const next = later(clock.now(), SECOND);
    while (new Date() < next) await pause(next.getTime() - Date.now());
    clock.moveTo(wholeSecond(new Date()));
  }

  /** A CRL as it is served now, DER. By default, that of the bank's CA. */
  async crl(label?: string): Promise<Buffer> {
    const response = await fetch(`${this.base}/pki/${label ?? (await this.issuer()).label}.crl`);
    if (response.status !== 200) throw new Error(`no CRL: ${String(response.status)}`);
    return Buffer.from(await response.arrayBuffer());
  }

  /** The CRLs of all CAs, the root's last, as they are served now, PEM, in one file. */
  async crls(name = "crls.pem"): Promise<string> {
    const cas: { name: string }[] = await this.house.db.reads.query("SELECT i.name FROM issuers i ORDER BY i.kind, i.id");
    const lists = await Promise.all(cas.map((ca) => this.crl(ca.name)));
    return this.write(name, lists.map((list) => toPem("X509 CRL", list)).join(""));
  }

  /** Gives the bank a new CA; its certificate, as a file of its own. */
  async rotate(): Promise<string> {
    const { label, certificate } = await rotateIssuer(this.house.desk, this.tenant.bank, this.caKey);
    return this.write(`${label}.pem`, toPem("CERTIFICATE", certificate));
  }

  /** An active certificate of somebody new. */
  async somebody(name: string, holderKey: HolderKey = "P-256"): Promise<Enrolled> {
    return this.enrolled(await this.house.aUser(this.tenant.contract, { displayName: "経理三郎" }), name, holderKey);
  }

  /** An active certificate of this user, acquired with a key of its own. */
  async enrolled(user: User, name: string, holderKey: HolderKey = "P-256"): Promise<Enrolled> {
    const keys = keyPair(holderKey);
    const { id, x509 } = await this.house.aCertificate(user, "ACTIVE", aCsr({ keys }).pem);
    return { ...this.held(name, x509 ?? Buffer.of(), keys.privateKey), user, certificateId: id };
  }

  async revoke(certificateId: string): Promise<void> {
    const master = await this.house.signedIn(this.tenant.master);
    await revokeCertificate(this.house.desk, master, { certificateId, reason: "KEY_COMPROMISE" });
  }

  /** So many more entries for the CRL: rows alone, since nobody will ask for more of them than their serials. */
  async revokeMany(count: number, { certificateId }: Enrolled): Promise<void> {
    const { db, clock } = this.house;
    const revokedAt = clock.now();
    const example = await this.house.certificate(certificateId);
    await db.transaction(async (tx) => {
      for (let done = 0; done < count; done += ROWS_AT_ONCE) {
        const rows = Array.from({ length: Math.min(ROWS_AT_ONCE, count - done) }, (): Certificate => ({
          ...example, id: newId(revokedAt), serialNumber: newSerialNumber(), isCurrent: null, state: "REVOKED", revokedAt,
          revocationReason: "SUPERSEDED", x509: null, fingerprint: null,
        }));
        await tx.insert(Certificate, rows);
      }
    });
  }

  /** One certificate of each kind. What is expired was issued two days ago for one. */
  async credentials(holderKey: HolderKey = "P-256"): Promise<Credentials> {
    const { house, tenant } = this;
    const now = house.clock.now();
    const another = await house.aUser(tenant.contract, { loginId: "jiro002", displayName: "経理次郎" });
    const active = await this.enrolled(tenant.taro, "active", holderKey);
    const revoked = await this.enrolled(tenant.hana, "revoked", holderKey);
    await this.revoke(revoked.certificateId);

    const setValidity = (validityDays: number) => house.db.transaction((tx) => tx.update(Bank, { id: tenant.bank.id }, { validityDays }));
    house.clock.moveTo(later(now, -2 * DAY));
    await setValidity(1);
    const expired = await this.enrolled(another, "expired", holderKey);
    house.clock.moveTo(now);
    await setValidity(365);
    return { active, revoked, expired, foreign: await this.foreign(holderKey), otherPurpose: await this.otherPurpose() };
  }

  private async foreign(holderKey: HolderKey): Promise<Held> {
    const now = this.house.clock.now();
    const { addresses, label } = await this.issuer();
    const root = await makeRoot(keySigner(newKey("P-384")), now);
    const issuer = await makeIssuingCa(keySigner(newKey(this.caKey)), { name: label, bank: this.tenant.bank }, root, addresses, now);
    this.write("foreign-issuing.pem", toPem("CERTIFICATE", issuer.certificate));
    this.write("foreign-root.pem", toPem("CERTIFICATE", root.certificate));
    const keys = keyPair(holderKey);
    const { contract, taro } = this.tenant;
    const subject = holderName({ contractName: contract.name, displayName: taro.displayName, bankCode: "5120", loginId: taro.loginId });
    const spki = keys.publicKey.export({ type: "spki", format: "der" });
    const toBeSigned = clientCertificate({ serialNumber: newSerialNumber(), subject, spki, ...validityFrom(now, 365) }, issuer.name, addresses);
    return this.held("foreign", await signed(toBeSigned, "CLIENT", issuer), keys.privateKey);
  }

  private async otherPurpose(): Promise<Held> {
    const issuer = await this.issuer();
    const keys = keyPair("P-256");
    const spki = keys.publicKey.export({ type: "spki", format: "der" });
    const validity = validityFrom(this.house.clock.now(), 7, issuer.name);
    const toBeSigned = ocspSigner({ serialNumber: newSerialNumber(), subject: ocspSignerName(issuer.label), spki, ...validity }, issuer.name);
    return this.held("other-purpose", await signed(toBeSigned, "OCSP_SIGNER", issuer), keys.privateKey);
  }

  private held(name: string, der: Buffer, key: KeyObject): Held {
    const pem = key.export({ type: "pkcs8", format: "pem" }).toString();
    return { certificate: this.write(`${name}.pem`, toPem("CERTIFICATE", der)), key: this.write(`${name}.key`, pem), der };
  }
}

export function keyPair(kind: HolderKey) {
  return kind === "RSA-3072" ? generateKeyPairSync("rsa", { modulusLength: 3072 }) : generateKeyPairSync("ec", { namedCurve: "P-256" });
}

function wholeSecond(instant: Date): Date {
  return new Date(Math.floor(instant.getTime() / SECOND) * SECOND);
}
