import { setTimeout as pause } from "node:timers/promises";
import { Certificate } from "../../src/certificates/Certificate.js";
import { revokeCertificate } from "../../src/certificates/revokeCertificate.js";
import { approvalActs, type ApprovalRequest } from "../../src/desk/ApprovalRequest.js";
import { Password } from "../../src/identity/Password.js";
import { Session } from "../../src/identity/Session.js";
import { updateUser } from "../../src/users/updateUser.js";
import { Counter } from "../support/Counter.js";
import { Random } from "../support/fuzz/Random.js";
import { House, THE_MORNING, type Caller, type DeskCaller } from "../support/House.js";

const seed = Math.trunc(Math.random() * 2 ** 31);
let house: House;

beforeAll(async () => {
  house = await House.open();
  house.clock.moveTo(THE_MORNING);
});
afterAll(() => house.close());

/** One round: an open request, and everybody who may run into it. */
interface Scene {
  counter: Counter;
  third: DeskCaller;
  master: Caller;
  old: Certificate;
  request: ApprovalRequest;
}

async function aScene(act: ApprovalRequest["act"]): Promise<Scene> {
  const counter = await Counter.open(house);
  const third = await house.atTheDesk(await house.anOperator());
  const master = await house.signedIn(counter.tenant.master);
  const request = await counter.requestFor(act);
  const old = (await house.currentCertificate(counter.tenant.master)) ?? (await house.aCertificate(counter.tenant.master));
  return { counter, third, master, old, request };
}

const contenders = {
  "an approval": { end: "APPROVED", act: ({ counter, request }: Scene) => counter.approve(request) },
  "another approval": { end: "APPROVED", act: ({ counter, request, third }: Scene) => counter.approve(request, third) },
  "a rejection": { end: "REJECTED", act: ({ counter, request }: Scene) => counter.reject(request) },
  "a withdrawal": { end: "WITHDRAWN", act: ({ counter, request }: Scene) => counter.withdraw(request) },
  "an edit": {
    end: null,
    act: ({ counter: { tenant }, master }: Scene) =>
      updateUser(house.desk, master, {
        userId: tenant.master.id, expectedVersion: 1, displayName: "新管理者", passwords: {},
        certificateAction: "KEEP", reissueReason: "UNSPECIFIED", revocationReason: "UNSPECIFIED",
      }),
  },
  "a revocation": { end: null, act: ({ old, third }: Scene) => revokeCertificate(house.desk, third, { certificateId: old.id, reason: "SUPERSEDED" }) },
} as const;
type Contender = keyof typeof contenders;

/** Sets them off at almost the same moment, and looks whether everything is still true. Who succeeded. */
async function race(act: ApprovalRequest["act"], who: readonly Contender[], random: Random): Promise<Contender[]> {
  const scene = await aScene(act);
  const entries = (await house.history()).length;
  const waits = who.map(() => random.below(4));
  const results = await Promise.allSettled(who.map(async (one, index) => {
    await pause(waits[index]);
    return contenders[one].act(scene);
  }));
  for (const result of results) if (result.status === "rejected") expectNo(result.reason);
  const winners = who.filter((_, index) => results[index]?.status === "fulfilled");
  await expectOrder(scene, who, winners, entries);
  return winners;
}

/** Whoever loses is told no; nothing breaks. */
function expectNo(reason: unknown): void {
  const { code, why } = reason as { code?: string; why?: string };
  if (why === "SESSION_ENDED") return; // the Master's own, by the reissue
  expect(["REQUEST_DECIDED", "REQUEST_OUTDATED", "CONFLICT", "ALREADY_REVOKED", "CONTRACT_STOPPED"]).toContain(code ?? reason);
}

async function expectOrder({ counter, request, old }: Scene, who: readonly Contender[], winners: readonly Contender[], entries: number): Promise<void> {
  const { id: userId } = counter.tenant.master;
  const ends = winners.flatMap((one) => contenders[one].end ?? []);
  const changes = winners.filter((one) => contenders[one].end === null);
  expect(ends.length).toBeLessThanOrEqual(1);
  expect(winners.length).toBeGreaterThan(0);

  const { state, act, decidedBy } = await counter.request(request.id);
  expect(state).toBe(ends[0] ?? "OPEN");
  expect(decidedBy === null).toBe(ends.length === 0);
  const isDone = state === "APPROVED";
  const isAboutMaster = act !== "CONTRACT_START";
  expect(await counter.master()).toMatchObject({ version: 1 + changes.length + Number(isDone && isAboutMaster) });

  const certificates = await house.db.reads.findBy(Certificate, { userId });
  expect(certificates).toHaveLength(isDone && act === "MASTER_REISSUE" ? 2 : 1);
  expect(certificates.filter(({ isCurrent }) => isCurrent === 1)).toHaveLength(1);
  const isRevoked = winners.includes("a revocation") || (isDone && act === "MASTER_REISSUE");
  expect(certificates.find(({ id }) => id === old.id)?.state).toBe(isRevoked ? "REVOKED" : "ACTIVE");
  const password = await house.db.reads.findOneBy(Password, { userId, kind: "LOGIN" });
  expect(password?.lockedAt === null).toBe(act !== "MASTER_UNLOCK" || isDone);
  expect(await counter.contract()).toMatchObject(act === "CONTRACT_START" ? { version: isDone ? 3 : 2, stoppedAt: isDone ? null : THE_MORNING } : { version: 1, stoppedAt: null });
  expect(await house.db.reads.countBy(Session, { userId, isCurrent: 1 })).toBeLessThanOrEqual(1);

  const recorded = (await house.history()).slice(entries);
  if (isDone && isAboutMaster) expect(changes).not.toContain("an edit"); // both say yes to the Master as it was
  if (isDone && act === "MASTER_REISSUE") expect(changes).toEqual([]); // of a lock a revocation may come after
  expect(recorded).toHaveLength(who.length + Number(isDone)); // each attempt once, and the deed itself
  expect(recorded.filter(({ outcome }) => outcome === "SUCCEEDED")).toHaveLength(winners.length + Number(isDone));
  expect(recorded.filter(({ outcome }) => outcome === "FAILED")).toEqual([]);
}

const ROUNDS = 6;

describe.each(approvalActs)("of a request for %s", (act) => {
  it.each([
    ["an approval", "a rejection"],
    ["an approval", "another approval"],
    ["an approval", "a withdrawal"],
    ["an approval", "an edit"],
    ["an approval", "a revocation"],
  ] as const)(`%s and %s leave one order in which they happened (seed ${seed})`, async (...who) => {
    for (let round = 0; round < ROUNDS; round++) await race(act, who, new Random(seed, round));
  }, 60_000);
});

it(`of ten at once, whoever they are, one decides (seed ${seed})`, async () => {
  const all = Object.keys(contenders) as [Contender, ...Contender[]];
  for (let round = 0; round < ROUNDS; round++) {
    const random = new Random(seed, 1_000 + round);
    const who = Array.from({ length: 10 }, () => random.pick(...all)).filter((one, index, list) => contenders[one].end !== null || list.indexOf(one) === index);
    await race(random.pick(...approvalActs), who, random);
  }
}, 60_000);

it.each(approvalActs)("of two requests for the same %s that are approved at once, one is done; the other is void", async (act) => {
  for (let round = 0; round < ROUNDS; round++) {
    const { counter, request, third } = await aScene(act);
    const again = { MASTER_REISSUE: () => counter.requestReissue({}, third), MASTER_UNLOCK: () => counter.requestUnlock({}, third), CONTRACT_START: () => counter.requestStart({}, third) };
    const other = await again[act]();
    const results = await Promise.allSettled([counter.approve(request), counter.approve(other)]);
    expect(results.filter(({ status }) => status === "fulfilled")).toHaveLength(1);
    for (const result of results) if (result.status === "rejected") expect(result.reason).toMatchObject({ code: "REQUEST_OUTDATED" });
    const states = [await counter.request(request.id), await counter.request(other.id)].map(({ state }) => state);
    expect(states.sort()).toEqual(["APPROVED", "OPEN"]); // open in the table, void by its target's version
    expect(await counter.master()).toMatchObject({ version: act === "CONTRACT_START" ? 1 : 2 });
    expect(await counter.contract()).toMatchObject({ version: act === "CONTRACT_START" ? 3 : 1 });
  }
}, 60_000);

it("of fifty approvals by fifty colleagues at once, one reissues, and one code is told", async () => {
  const { counter, request } = await aScene("MASTER_REISSUE");
  const colleagues = await Promise.all(Array.from({ length: 50 }, async () => house.atTheDesk(await house.anOperator())));
  const results = await Promise.allSettled(colleagues.map((by) => counter.approve(request, by)));
  const told = results.flatMap((result) => (result.status === "fulfilled" ? [result.value.enrollmentCode] : []));
  expect(told).toEqual([expect.any(String)]);
  const codes = results.flatMap((result) => (result.status === "rejected" ? [(result.reason as { code?: string }).code] : []));
  expect(new Set(codes)).toEqual(new Set(["REQUEST_DECIDED"]));
  expect(await house.db.reads.countBy(Certificate, { userId: counter.tenant.master.id })).toBe(2);
}, 60_000);
