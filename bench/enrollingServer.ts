import { enrollCertificate } from "../src/certificates/enrollCertificate.js";
import { aCsr } from "../test/support/csr.js";
import { House } from "../test/support/House.js";
import { customers } from "./customers.js";
import type { Figure } from "./Figure.js";
import { atOnce, cpuOf, inTurn, perSecond } from "./rounds.js";

const LANES = 8;
const plan = process.argv.includes("--quick") ? { rounds: 5, warmUps: 20, count: 100 } : { rounds: 9, warmUps: 30, count: 200 };

const house = await House.open();
const clients = (await customers(house, (plan.rounds + plan.warmUps) * plan.count, "PENDING")).map((client) => ({ ...client, csr: aCsr().pem }));
const { enroll } = await inTurn({
  enroll: (count) => {
    const taken = clients.splice(0, count);
    return cpuOf(() => atOnce(count, LANES, async (index) => {
      const client = taken[index];
      if (client) await enrollCertificate(house.desk, { ...client.actor }, { csr: client.csr, enrollmentCode: client.code });
    }));
  },
}, plan);
await house.close();
const figure: Figure = { name: "enrollment", contender: "Shomei, the use case", microseconds: enroll, perSecond: perSecond(enroll), target: { atLeast: 1_000 }, note: "in process, 8 at once; three commits, mails and history included" };
process.send?.([figure], () => { process.disconnect(); });
