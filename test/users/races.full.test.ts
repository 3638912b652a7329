import { setTimeout as pause } from "node:timers/promises";
import { Refusal, Unauthenticated } from "../../src/foundation/refusals.js";
import { UsageRecord } from "../../src/history/UsageRecord.js";
import { fuzz } from "../support/fuzz/fuzz.js";
import type { Random } from "../support/fuzz/Random.js";
import { House } from "../support/House.js";
import { assertInvariants, assertRequests, assertVersionsAreTold, hold, idsOfEntries } from "../support/races/assertInvariants.js";
import { deeds, type DeedName } from "../support/races/deeds.js";
import { Stage, type Staff } from "../support/races/Stage.js";

const ROUNDS = 120;
const WAVES = 3; // a round
const LONGEST_DELAY_MS = 12;

let house: House;
let staff: Staff;
beforeAll(async () => {
  house = await House.open();
  staff = { one: await house.atTheDesk(await house.anOperator()), other: await house.atTheDesk(await house.anOperator()) };
});
afterAll(() => house.close());

/** What is done at once; `first` is done before, so that there is something to race for. */
interface Race {
  first?: readonly DeedName[];
  atOnce: readonly [DeedName, ...DeedName[]];
}

const races: Record<string, Race> = {
  "two forms": { atOnce: ["form", "form", "form", "reissue"] },
  "approval against rejection": { first: ["requestReissue"], atOnce: ["approve", "reject", "withdraw", "approve", "approveOwn"] },
  "approval against an edit": { first: ["requestReissue"], atOnce: ["approve", "formOfMaster", "changeMasters", "approve"] },
  "deregistration against enrollment": { first: ["reissue"], atOnce: ["deregister", "enroll", "enroll", "enroll", "signIn", "revoke"] },
  "deregistration against everything of a certificate": { atOnce: ["deregister", "reissue", "revoke", "enroll", "form"] },
  "stop against sign-in": { atOnce: ["stop", "signIn", "signIn", "signIn", "changePasswords", "form"] },
  "stop against start": { first: ["stop", "requestStart"], atOnce: ["stop", "approve", "approve", "signIn", "requestStart", "revoke"] },
  "suspension against sign-in": { atOnce: ["suspend", "signIn", "signIn", "resume", "signOut", "enroll"] },
  "one's own passwords against the Master's": { atOnce: ["changePasswords", "changePasswords", "form", "signIn", "unlock"] },
  "a revocation by telephone against what the Master and the holder do": { atOnce: ["revoke", "form", "changePasswords", "suspend", "unlock", "revoke"] },
  "registration against registration": { atOnce: ["register", "register", "register", "deregister"] },
  "everything at once": { first: ["requestReissue"], atOnce: Object.keys(deeds) as [DeedName, ...DeedName[]] },
};

interface Attempt {
  name: DeedName;
  requestId: string;
  error?: unknown;
}

/** What an answer may tell of a certificate that it opened. */
interface Told {
  enrollmentCode?: string | null;
  successor?: { id: string };
  certificate?: { id: string } | null;
}

let requests = 0;

async function tryOne(stage: Stage, name: DeedName, delay = 0): Promise<Attempt> {
  const requestId = `race-${String(++requests)}`;
  const attempt: Attempt = { name, requestId };
  const ready = deeds[name](stage);
  await pause(delay);
  try {
    const { enrollmentCode, successor, certificate } = (await ready({ requestId, address: null })) as Told;
    const id = (successor ?? certificate)?.id;
    if (enrollmentCode && id) stage.codes.set(id, enrollmentCode);
  } catch (error) {
    attempt.error = error;
  }
  return attempt;
}

/** Every attempt is done or refused, never a fault, and has its entries in the history: one, or one for each step. */
async function assertRecorded({ name, requestId, error }: Attempt): Promise<void> {
  const isExpected = error === undefined || error instanceof Refusal || error instanceof Unauthenticated;
  if (!isExpected) throw new Error(`a fault in ${name}`, { cause: error });
  const entries = await house.db.reads.find(UsageRecord, { where: { requestId }, order: { id: "ASC" } });
  const told = entries.map(({ outcome, code }) => (code === null ? outcome : `${outcome} ${code}`)).join(", ");
  if (error !== undefined) {
    const code = error instanceof Refusal ? error.recordedAs : "UNAUTHENTICATED";
    const isBetweenSteps = name === "enroll" && code === "CONFLICT" && /^(ACCEPTED|REPEATED), REFUSED CONFLICT$/.test(told); // revoked before the second one
    hold(told === `REFUSED ${code}` || isBetweenSteps, `${name} was refused with ${code}, its history says ${told}`);
    return;
  }
  const expected = name === "enroll" ? /^(REPEATED|(ACCEPTED|REPEATED), (SUCCEEDED|REPEATED))$/ : name.startsWith("approve") ? /^SUCCEEDED, SUCCEEDED$/ : /^SUCCEEDED$/;
  hold(expected.test(told), `${name} was done, its history says ${told}`);
}

async function play(stage: Stage, { first = [], atOnce }: Race): Promise<Attempt[]> {
  for (const name of first) {
    await tryOne(stage, name);
    await stage.look();
  }
  const { random } = stage;
  const before = await idsOfEntries(house, stage.contract);
  const chosen = Array.from({ length: random.between(2, 8) }, () => [random.pick(...atOnce), random.below(LONGEST_DELAY_MS)] as const);
  const attempts = await Promise.all(chosen.map(([name, delay]) => tryOne(stage, name, delay)));
  for (const attempt of attempts) await assertRecorded(attempt);
  await assertInvariants(stage);
  await assertVersionsAreTold(stage, before);
  await assertRequests(stage);
  return attempts;
}

it("whatever is done at once, the invariants hold, and every attempt is on record", async () => {
  const names = Object.keys(races) as [string, ...string[]];
  const outcomes = new Map<string, number>();
  const figures = await fuzz({
    name: "races",
    rounds: ROUNDS,
    make: (random: Random) => {
      const kind = random.pick(...names);
      return { kind, random, shown: () => "" };
    },
    check: async ({ kind, random }) => {
      const stage = await Stage.set(house, random, staff);
      for (let wave = 0; wave < WAVES; wave++) {
        const attempts = await play(stage, races[kind] ?? { atOnce: ["form"] });
        for (const { name, error } of attempts) {
          const what = `${name}: ${error === undefined ? "done" : error instanceof Refusal ? error.code : "UNAUTHENTICATED"}`;
          outcomes.set(what, (outcomes.get(what) ?? 0) + 1);
        }
        await stage.look();
      }
      return "held";
    },
  });
  expect(figures.count(/^held$/)).toBe(ROUNDS);
  process.stderr.write(`${[...outcomes].sort().map(([what, times]) => `${String(times).padStart(6)} ${what}`).join("\n")}\n`);
}, 300_000);
