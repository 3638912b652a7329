import type { FastifyInstance } from "fastify";
import { Password } from "../../src/identity/Password.js";
import { globalId } from "../../src/graphql/globalId.js";
import { houseSchema } from "../../src/graphql/schema.js";
import { aCsr } from "../support/csr.js";
import { engine } from "../support/engine.js";
import { assertPresentable } from "../support/fuzz/assertPresentable.js";
import type { Known } from "../support/fuzz/fittingValues.js";
import { fuzz, growthOf } from "../support/fuzz/fuzz.js";
import { graphqlDocuments } from "../support/fuzz/graphqlDocuments.js";
import { graphql } from "../support/graphql.js";
import { House, PASSWORD, type Caller, type DeskCaller, type Tenant } from "../support/House.js";
import { listeningLog } from "../support/listeningLog.js";
import { assertInvariants } from "../support/races/assertInvariants.js";

const MB = 2 ** 20;
/** A password that is wrong, and a name as well: where a quote is missing, it becomes one. */
const SECRET = "Fuzzedpassword1";
/** A contract has a good deal done to it: then another takes its place. */
const ROUNDS_OF_A_SCENE = 250;
/** Of the thread's own time: other tests run beside this one. */
const LONGEST_MS = 2_000;
const [AT_RANDOM, EVERY] = [3_000, engine === "sqlite" ? 1 : 8];

const { log, lines } = listeningLog("warn");
let house: House;
let door: FastifyInstance;
beforeAll(async () => {
  house = await House.open({ log });
  door = await house.door(log);
});
afterAll(async () => {
  await door.close();
  await house.close();
});

interface Scene {
  tenant: Tenant;
  callers: [Caller | DeskCaller | null, ...(Caller | DeskCaller | null)[]];
  known: Known;
}

async function aScene(): Promise<Scene> {
  const tenant = await house.aTenant();
  const certificate = await house.aCertificate(tenant.taro);
  const { enrollmentCode } = await house.aCertificate(tenant.hana, "PENDING");
  const master = await house.signedIn(tenant.master);
  const callers: Scene["callers"] = [master, master, await house.signedIn(tenant.hana), await house.atTheDesk(await house.anOperator()), null];
  const users = [tenant.taro, tenant.hana, tenant.master].map(({ id }) => globalId("User", id));
  const known: Known = {
    id: [...users, globalId("Contract", tenant.contract.id), globalId("Certificate", certificate.id)], userId: users, contractId: [globalId("Contract", tenant.contract.id)], certificateId: [globalId("Certificate", certificate.id)],
    serialNumber: [certificate.serialNumber], expectedVersion: [1, 2, 3], registrationPassword: [PASSWORD, PASSWORD, SECRET], bankCode: ["5120"], loginId: [tenant.taro.loginId, "fuzzed01"], password: [PASSWORD, SECRET], currentPassword: [PASSWORD, SECRET],
    csr: [aCsr().pem], enrollmentCode: [enrollmentCode], first: [1, 20, 100], displayName: ["経理三郎"], day: ["2026-12-28"], reason: ["LOST", "SUPERSEDED", "DEVICE_BROKEN"],
  };
  return { tenant, callers, known };
}

it("documents and variables that nobody should send are refused in our words, in time, and leave the house as it should be", async () => {
  let scene = await aScene();
  const { misplaced, make } = graphqlDocuments(await houseSchema(), SECRET, EVERY);
  const slowest = new Map<string, { milliseconds: number; shown: string }>();

  const figures = await fuzz({
    name: `GraphQL requests (${engine})`, rounds: misplaced + AT_RANDOM,
    make: (random, round) => ({ ...make(random, round, scene.known), by: random.pick(...scene.callers), accept: random.pick("application/json", "application/graphql-response+json", "*/*") }),
    check: async ({ kind, sent, by, accept, shown }, round) => {
      const before = process.threadCpuUsage();
      const response = await door.inject({ ...sent, headers: { accept, ...(by ? { authorization: `Bearer ${by.token}` } : {}), ...sent.headers } });
      const { user, system } = process.threadCpuUsage(before);
      const milliseconds = (user + system) / 1_000;
      if (milliseconds > (slowest.get(kind)?.milliseconds ?? 0)) slowest.set(kind, { milliseconds, shown: shown().slice(0, 300) });
      const outcome = assertPresentable(response, [SECRET, PASSWORD]);
      if (milliseconds > LONGEST_MS) throw new Error(`it took ${milliseconds.toFixed()} ms`);
      if (lines.length > 0) throw new Error(`a fault in the log: ${lines.join("")}`);
      if (round % ROUNDS_OF_A_SCENE === ROUNDS_OF_A_SCENE - 1) {
        await assertInvariants({ house, tenant: scene.tenant });
        scene = await aScene();
      }
      return outcome;
    },
  });
  for (const [kind, { milliseconds, shown }] of slowest) process.stderr.write(`  slowest ${kind}: ${milliseconds.toFixed()} ms, ${shown}\n`);

  expect(misplaced + AT_RANDOM).toBeGreaterThan(engine === "sqlite" ? 10_000 : 1_500);
  for (const kind of ["misplaced", "random", "mutated"]) expect(figures.count(/data/, kind)).toBeGreaterThan(0.02 * figures.count(/./, kind)); // not all of it stops at the doorstep
  for (const code of [/GRAPHQL_PARSE_FAILED/, /GRAPHQL_VALIDATION_FAILED/, /BAD_USER_INPUT/, /^BAD_REQUEST/, /UNAUTHENTICATED/]) expect(figures.count(code)).toBeGreaterThan(20);
  expect(growthOf(figures)).toBeLessThan(48 * MB); // documents are kept, and programs: a bounded number

  const { master } = await house.aTenant();
  const { data } = await graphql<{ signIn: { sessionToken: string } }>(door, null, "mutation ($input: SignInInput!) { signIn(input: $input) { sessionToken } }", { input: { bankCode: "5120", loginId: master.loginId, password: PASSWORD } });
  expect(data.signIn.sessionToken).toEqual(expect.any(String));
  expect(await house.db.reads.countBy(Password, { hash: SECRET })).toBe(0);
}, 600_000);
