import type { Certificate } from "../../src/certificates/Certificate.js";
import { move, raiseToKeyCompromise, revoke, withdraw } from "../../src/certificates/certificateStore.js";
import { movesFrom, storedStates } from "../../src/policy/certificateLifecycle.js";
import { House, THE_MORNING, type Tenant } from "../support/House.js";

let house: House;
let tenant: Tenant;

beforeAll(async () => {
  house = await House.open();
});
afterAll(() => house.close());
beforeEach(async () => {
  tenant = await house.aTenant();
});

/** The record as somebody read it before another changed it. */
async function readTooEarly(): Promise<Certificate> {
  const { enrollmentCode: _, ...seen } = await house.aCertificate(tenant.taro);
  await house.db.transaction((tx) => revoke(tx, { ...seen }, "SUPERSEDED", THE_MORNING));
  return seen;
}

it("moves only from the state that was read: who read too early is in conflict, and changes nothing", async () => {
  const stale = await readTooEarly();
  const before = await house.snapshot();
  await expect(house.db.transaction((tx) => revoke(tx, stale, "KEY_COMPROMISE", THE_MORNING))).rejects.toMatchObject({ code: "CONFLICT" });
  await expect(house.db.transaction((tx) => withdraw(tx, stale, "KEY_COMPROMISE", THE_MORNING))).rejects.toMatchObject({ code: "CONFLICT" });
  expect(await house.snapshot()).toEqual(before);
});

it("withdraws only what is still current", async () => {
  const { enrollmentCode: _, ...seen } = await house.aCertificate(tenant.taro, "REVOKED");
  await house.db.transaction((tx) => withdraw(tx, { ...seen }, "SUPERSEDED", THE_MORNING));
  await expect(house.db.transaction((tx) => withdraw(tx, { ...seen }, "SUPERSEDED", THE_MORNING))).rejects.toMatchObject({ code: "CONFLICT" });
});

it("raises only the reason that was read", async () => {
  const { enrollmentCode: _, ...seen } = await house.aCertificate(tenant.taro, "REVOKED");
  await house.db.transaction((tx) => raiseToKeyCompromise(tx, { ...seen }));
  await expect(house.db.transaction((tx) => raiseToKeyCompromise(tx, { ...seen }))).rejects.toMatchObject({ code: "CONFLICT" });
});

it.each(storedStates.flatMap((from) => storedStates.filter((to) => !movesFrom[from].includes(to)).map((to) => [from, to] as const)))(
  "never goes from %s to %s", async (from, to) => {
    const certificate = { id: "x", state: from } as Certificate;
    await expect(house.db.transaction((tx) => move(tx, certificate, to, {}))).rejects.toThrow(`can't go from ${from} to ${to}`);
  });
