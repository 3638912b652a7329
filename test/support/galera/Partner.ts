import { randomUUID } from "node:crypto";
import { aCsr } from "../csr.js";
import { PASSWORD } from "../House.js";
import type { RunningServer } from "../RunningServer.js";
import type { Desk } from "./aBank.js";

/** What the house has said is so. */
export interface Acknowledged {
  holder: string;
  serialNumber: string;
  /** Of the holder, after it. */
  version?: number;
  /** What the reissue withdrew. */
  revoked?: string;
  pem?: string;
}

interface Payload {
  userErrors: { code: string }[];
}
interface Issued {
  serialNumber: string;
  status: string;
  pem?: string;
}

const SIGN_IN = "mutation ($input: SignInInput!) { signIn(input: $input) { sessionToken userErrors { code } } }";
const USERS = "query ($text: String) { users(filter: { text: $text }) { nodes { id version certificate { serialNumber status } } } }";
const REISSUE = `mutation ($input: ReissueCertificateInput!) { reissueCertificate(input: $input) {
  enrollmentCode user { version } certificate { serialNumber status } revokedCertificate { serialNumber status } userErrors { code } } }`;
const ENROLL = "mutation ($input: EnrollCertificateInput!) { enrollCertificate(input: $input) { certificate { serialNumber status pem } userErrors { code } } }";
const BY_SERIAL = "query ($serial: SerialNumber) { certificate(serialNumber: $serial) { serialNumber status } }";
const HISTORY = "{ usageHistory(first: 5) { nodes { action outcome } } }";

/**
 * A partner's program as docs/partners.md wants it: what changes something carries an idempotency key, and what got no answer
 * because its server is gone is sent again, the same, to the other one. Any other error stops it.
 */
export class Partner {
  readonly acknowledged: Acknowledged[] = [];
  longest = { milliseconds: 0, what: "" };
  token = "";

  constructor(
    private readonly desk: Desk,
    private readonly servers: readonly RunningServer[],
    private at: number,
  ) {}

  /** Reissues, has it acquired and looks at it, over and over. */
  async work(isOver: () => boolean): Promise<void> {
    this.token = await this.signIn(this.desk.master);
    while (!isOver()) await this.round();
  }

  async round(): Promise<void> {
    const { holder } = this.desk;
    const [user] = (await this.ask<{ nodes: { id: string; version: number }[] }>("users", USERS, { text: holder }, this.token)).nodes;
    if (!user) throw new Error(`${holder} isn't there`);
    const input = { userId: user.id, expectedVersion: user.version, reason: "DEVICE_BROKEN", idempotencyKey: randomUUID() };
    const reissued = await this.deed<{ enrollmentCode: string | null; user: { version: number }; certificate: Issued; revokedCertificate: Issued | null }>(
      "reissueCertificate", REISSUE, input, this.token);
    const { serialNumber } = reissued.certificate;
    const revoked = reissued.revokedCertificate?.serialNumber;
    this.acknowledged.push({ holder, serialNumber, version: reissued.user.version, ...(revoked === undefined ? {} : { revoked }) });
    if (reissued.enrollmentCode !== null) await this.enroll(reissued.enrollmentCode, serialNumber); // else the answer that told it was lost: once more

    const { nodes } = await this.ask<{ nodes: { action: string }[] }>("usageHistory", HISTORY, {}, this.token);
    if (nodes.length === 0) throw new Error("no history");
  }

  private async enroll(enrollmentCode: string, expected: string): Promise<void> {
    const { holder } = this.desk;
    const token = await this.signIn(holder);
    const { certificate } = await this.deed<{ certificate: Issued }>("enrollCertificate", ENROLL, { csr: aCsr().pem, enrollmentCode }, token);
    if (certificate.serialNumber !== expected || certificate.status !== "ACTIVE") throw new Error(`acquired ${JSON.stringify(certificate)} in the place of ${expected}`);
    this.acknowledged.push({ holder, serialNumber: expected, pem: certificate.pem ?? "" });
    this.at = 1 - this.at; // what was written at one server is read at the other
    const seen = await this.ask<Issued | null>("certificate", BY_SERIAL, { serial: expected }, this.token);
    if (seen?.status !== "ACTIVE") throw new Error(`the other server doesn't see it: ${JSON.stringify(seen)}`);
  }

  private async signIn(loginId: string): Promise<string> {
    return (await this.deed<{ sessionToken: string }>("signIn", SIGN_IN, { bankCode: "5120", loginId, password: PASSWORD })).sessionToken;
  }

  private async deed<T>(field: string, query: string, input: object, token?: string): Promise<T> {
    const payload = await this.ask<T & Payload>(field, query, { input }, token);
    if (payload.userErrors.length > 0) throw new Error(`${field} ${JSON.stringify(input)}: ${JSON.stringify(payload.userErrors)}`);
    return payload;
  }

  private async ask<T>(field: string, query: string, variables: object, token?: string): Promise<T> {
    const since = performance.now();
    for (let tries = 0; ; tries++) {
      const server = this.servers[this.at];
      try {
        return await server?.ask<T>(field, query, variables, token) as T;
      } catch (error) {
        const isUnanswered = (error as Error).name === "TypeError"; // fetch's own
        if (!isUnanswered || tries === 3 || !(await server?.hasEnded())) throw error; // one that lives answers
        this.at = 1 - this.at;
      } finally {
        const milliseconds = performance.now() - since;
        if (milliseconds > this.longest.milliseconds) this.longest = { milliseconds, what: field };
      }
    }
  }
}
