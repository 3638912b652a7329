import { Certificate } from "../../../src/certificates/Certificate.js";
import { ApprovalRequest, type ApprovalState } from "../../../src/desk/ApprovalRequest.js";
import { UsageRecord } from "../../../src/history/UsageRecord.js";
import { Contract } from "../../../src/identity/Contract.js";
import { Password } from "../../../src/identity/Password.js";
import { Session } from "../../../src/identity/Session.js";
import { User } from "../../../src/identity/User.js";
import { statusAt } from "../../../src/policy/certificateLifecycle.js";
import type { DeedAction } from "../../../src/policy/deeds.js";
import type { House } from "../House.js";
import type { Stage } from "./Stage.js";

/** What must be true of a contract after anything, in any order. */
export async function assertInvariants({ house, tenant }: Pick<Stage, "house" | "tenant">): Promise<void> {
  const { id: contractId } = tenant.contract;
  const { reads } = house.db;
  const now = house.clock.now();
  const contract = await reads.findOneBy(Contract, { id: contractId });
  const certificates = await reads.findBy(Certificate, { contractId });
  for (const user of await reads.findBy(User, { contractId })) {
    const own = certificates.filter(({ userId }) => userId === user.id);
    const alive = own.filter((certificate) => ["PENDING", "ACTIVE"].includes(statusAt(certificate, now)));
    const sessions = await reads.findBy(Session, { userId: user.id, isCurrent: 1 });
    const mustBeOut = user.deregisteredAt !== null || user.suspendedAt !== null || (user.kind === "PUBLIC" && contract?.stoppedAt !== null);

    hold(own.filter(({ isCurrent }) => isCurrent === 1).length === Math.min(own.length, 1), "a user has one current certificate, if any");
    hold(alive.every(({ isCurrent }) => isCurrent === 1), "no certificate but the current one is pending or active");
    hold(own.every(({ state }) => state !== "SIGNING"), "nothing is left half signed");
    hold(own.every(({ state, x509 }) => (state === "ACTIVE") <= (x509 !== null)), "an active certificate has its bytes");
    hold(own.every(({ state, revokedAt }) => (state === "REVOKED") === (revokedAt !== null)), "a revocation has its date, and nothing else has");
    hold(sessions.length <= (mustBeOut ? 0 : 1), mustBeOut ? "who may not be in has no session" : "a user has at most one session");
    if (user.deregisteredAt === null) continue;
    hold(alive.length === 0, "an ID that is gone has no pending or active certificate");
    hold((await reads.countBy(Password, { userId: user.id })) === 0, "an ID that is gone has no passwords");
  }
}

/** Every version that a user or its contract has had since is told by one entry, and by no two. */
export async function assertVersionsAreTold({ house, tenant, users, contract }: Stage, before: Set<string>): Promise<void> {
  const told = new Map<string, number[]>();
  let ofContract = 0;
  for (const entry of await entriesSince(house, tenant.contract, before)) {
    if (entry.outcome !== "SUCCEEDED") continue;
    if (["USER_REGISTER", "CONTRACT_STOP", "CONTRACT_START"].includes(entry.action)) ofContract += 1;
    const from = versionIn(entry.before);
    const to = versionIn(entry.after);
    if (from === undefined || to === undefined || to === from) continue;
    hold(to === from + 1, `${entry.action} takes one version, not ${String(to - from)}`);
    const key = entry.targetUserId ?? "";
    told.set(key, [...(told.get(key) ?? []), to]);
  }
  for (const { id, version } of users) {
    const now = (await house.db.reads.findOneBy(User, { id }))?.version ?? 0;
    const expected = Array.from({ length: now - version }, (_, index) => version + 1 + index);
    const sorted = (told.get(id) ?? []).sort((a, b) => a - b);
    hold(JSON.stringify(sorted) === JSON.stringify(expected), `a user went from ${String(version)} to ${String(now)}, and its history tells of ${JSON.stringify(sorted)}`);
  }
  const now = (await house.db.reads.findOneBy(Contract, { id: contract.id }))?.version ?? 0;
  hold(now - contract.version === ofContract, `a contract went from ${String(contract.version)} to ${String(now)} by ${String(ofContract)} deeds`);
}

const ends: Partial<Record<DeedAction, ApprovalState>> = { REQUEST_APPROVE: "APPROVED", REQUEST_REJECT: "REJECTED", REQUEST_WITHDRAW: "WITHDRAWN" };

/** An open request is decided once and by the right one of two people; its history says the same. */
export async function assertRequests({ house, tenant }: Stage): Promise<void> {
  const { id: contractId } = tenant.contract;
  const decisions = (await house.db.reads.findBy(UsageRecord, { contractId, outcome: "SUCCEEDED" })).filter(({ action }) => action in ends);
  for (const { id, state, decidedBy, requestedBy } of await house.db.reads.findBy(ApprovalRequest, { contractId })) {
    const own = decisions.filter(({ before }) => before?.includes(id));
    hold(own.length === (state === "OPEN" ? 0 : 1), `a request is decided once, not ${String(own.length)} times`);
    hold(own.every(({ action, actorId }) => ends[action] === state && actorId === decidedBy), "a request ends as its history says");
    if (state === "APPROVED" || state === "REJECTED") hold(decidedBy !== requestedBy, "nobody decides on its own request");
  }
}

export async function idsOfEntries(house: House, { id: contractId }: Contract): Promise<Set<string>> {
  return new Set((await house.db.reads.findBy(UsageRecord, { contractId })).map(({ id }) => id));
}

async function entriesSince(house: House, { id: contractId }: Contract, before: Set<string>): Promise<UsageRecord[]> {
  return (await house.db.reads.findBy(UsageRecord, { contractId })).filter(({ id }) => !before.has(id));
}

function versionIn(facts: string | null): number | undefined {
  const { version } = JSON.parse(facts ?? "{}") as { version?: number };
  return version;
}

export function hold(isSo: boolean, invariant: string): void {
  if (!isSo) throw new Error(`broken: ${invariant}`);
}
