import { randomUUID } from "node:crypto";
import type { AddressInfo } from "node:net";
import { reissueCertificate } from "../src/certificates/reissueCertificate.js";
import { globalId } from "../src/graphql/globalId.js";
import { sealHistory } from "../src/history/sealHistory.js";
import { House } from "../test/support/House.js";
import { openReissuer, reissueRoute } from "./byHand/reissuer.js";
import { Client } from "./clients.js";
import { customers, type Client as Customer } from "./customers.js";
import type { Figure } from "./Figure.js";
import { atOnce, compared, cpuOf, inTurn, type Contender } from "./rounds.js";

const LANES = 8;
const quick = process.argv.includes("--quick");
const plan = quick ? { rounds: 35, warmUps: 45, count: 25 } : { rounds: 45, warmUps: 105, count: 50 };
const DOCUMENT = `mutation Reissue($input: ReissueCertificateInput!) {
  reissueCertificate(input: $input) { user { id version displayName } certificate { id status } enrollmentCode userErrors { code } }
}`;

/** Each contender has a database of its own, filled alike: neither spoils the other's cache. */
async function furnished(): Promise<{ house: House; clients: Customer[] }> {
  const house = await House.open();
  await house.setPolicy({ alertBurstReissues: 100 }); // nothing is suspicious here: alerts would be written by both
  return { house, clients: await customers(house, (quick ? 1 : 2) * (plan.rounds + plan.warmUps) * plan.count, "ACTIVE") };
}

const ours = await furnished();
const theirs = await furnished();
const byHand = openReissuer(theirs.house.database, LANES);
const door = await ours.house.door();
const route = reissueRoute(byHand, () => theirs.house.clock.now());
for (const server of [door, route]) await server.listen({ host: "127.0.0.1", port: 0 });
const client = new Client();

const useCase = (from: Customer[], one: (customer: Customer) => Promise<unknown>): Contender => (count) => {
  const taken = from.splice(0, count);
  return cpuOf(() => atOnce(count, LANES, async (index) => { const customer = taken[index]; if (customer) await one(customer); }));
};
const overHttp = (from: Customer[], server: typeof door, path: string, expects: string, bodyOf: (input: Record<"userId" | "reason" | "idempotencyKey", string> & { expectedVersion: number }) => object): Contender => (count) => {
  const url = `http://127.0.0.1:${String((server.server.address() as AddressInfo).port)}${path}`;
  const requests = from.splice(0, count).map(({ holder, token }) => ({
    headers: { "content-type": "application/json", "authorization": `Bearer ${token}` },
    body: JSON.stringify(bodyOf({ userId: holder.id, expectedVersion: 1, reason: "DEVICE_BROKEN", idempotencyKey: randomUUID() })),
  }));
  return client.ask({ url, lanes: LANES, requests, expects }, cpuOf);
};

const deed = await inTurn({
  house: useCase(ours.clients, ({ holder, actor }) =>
    reissueCertificate(ours.house.desk, { ...actor }, { userId: holder.id, expectedVersion: 1, reason: "DEVICE_BROKEN", idempotencyKey: randomUUID() })),
  byHand: useCase(theirs.clients, ({ holder, actor }) =>
    byHand.reissue({ master: { ...actor, ...actor.origin, address: "127.0.0.1" }, userId: holder.id, version: 1, idempotencyKey: randomUUID() }, theirs.house.clock.now())),
}, plan);
const sealing = (await cpuOf(() => sealHistory(ours.house.desk))) / ((plan.rounds + plan.warmUps) * plan.count);
const whole = quick ? undefined : await inTurn({
  house: overHttp(ours.clients, door, "/graphql", '"userErrors":[]', (input) => ({ query: DOCUMENT, variables: { input: { ...input, userId: globalId("User", input.userId) } } })),
  byHand: overHttp(theirs.clients, route, "/reissue", '"enrollmentCode":"', (input) => input),
}, plan);

const figures: Figure[] = [
  { name: "reissue", contender: "Shomei, the use case", ...compared(deed, "house", "byHand"), target: { atMost: 1.3 }, note: "in process, 8 at once" },
  { name: "reissue", contender: "hand-written transaction (the limit)", ...compared(deed, "byHand", "byHand") },
  ...(whole ? [{ name: "reissue over HTTP", contender: "Shomei, GraphQL", ...compared(whole, "house", "byHand"), note: "load from another process, 8 connections" },
  { name: "reissue over HTTP", contender: "hand-written Fastify route", ...compared(whole, "byHand", "byHand") }] : []),
  { name: "sealing a history entry", contender: "Shomei, in the background", microseconds: sealing, note: "an entry, in batches of 200; no deed waits for it" },
];
client.close();
for (const server of [door, route]) await server.close();
await byHand.close();
for (const { house } of [ours, theirs]) await house.close();
process.send?.(figures, () => { process.disconnect(); });
