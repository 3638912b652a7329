import { enrollCertificate } from "../src/certificates/enrollCertificate.js";
import { aCsr } from "../test/support/csr.js";
import { House } from "../test/support/House.js";
import { enroll, statements } from "./byHand/enroll.js";
import { openTransactions } from "./byHand/Transactions.js";
import { customers, issuerOf, type Client } from "./customers.js";
import type { Figure } from "./Figure.js";
import { atOnce, compared, cpuOf, inTurn, type Contender } from "./rounds.js";

const LANES = 8;
const plan = process.argv.includes("--quick") ? { rounds: 35, warmUps: 40, count: 25 } : { rounds: 45, warmUps: 105, count: 50 };

/** Each contender has a database of its own, filled alike. */
async function furnished() {
  const house = await House.open();
  const clients = (await customers(house, (plan.rounds + plan.warmUps) * plan.count, "PENDING")).map((client) => ({ ...client, csr: aCsr().pem }));
  return { house, clients, issuer: await issuerOf(house) };
}

const [ours, theirs] = [await furnished(), await furnished()];
const byHand = openTransactions(theirs.house.database, LANES, statements);

const contender = (from: (Client & { csr: string })[], one: (client: Client & { csr: string }) => Promise<unknown>): Contender => (count) => {
  const taken = from.splice(0, count);
  return cpuOf(() => atOnce(count, LANES, async (index) => { const client = taken[index]; if (client) await one(client); }));
};
const measured = await inTurn({
  house: contender(ours.clients, ({ actor, csr, code }) => enrollCertificate(ours.house.desk, { ...actor }, { csr, enrollmentCode: code })),
  byHand: contender(theirs.clients, ({ actor, csr, code }) =>
    enroll(byHand, theirs.issuer, { holder: { ...actor, ...actor.origin, address: actor.origin.address ?? "" }, csr, code }, theirs.house.clock.now())),
}, plan);

const figures: Figure[] = [
  { name: "enrollment", contender: "Shomei, the use case", ...compared(measured, "house", "byHand"), target: { atLeast: 1_000 }, note: "in process, 8 at once; two commits, mails and history included" },
  { name: "enrollment", contender: "hand-written transactions (the limit)", ...compared(measured, "byHand", "byHand"), note: "neither linted nor verified" },
];
await byHand.close();
for (const { house } of [ours, theirs]) await house.close();
process.send?.(figures, () => { process.disconnect(); });
