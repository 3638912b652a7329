import { enrollCertificate } from "../src/certificates/enrollCertificate.js";
import { aCsr } from "../test/support/csr.js";
import { House } from "../test/support/House.js";
import { customers } from "./customers.js";
import { atOnce, cpuOf, inTurn } from "./rounds.js";

const LANES = 8;
const [rounds, warmUps, count] = [5, 25, 60];
const house = await House.open();
const clients = (await customers(house, (rounds + warmUps) * count, "PENDING")).map((client) => ({ ...client, csr: aCsr().pem }));

const ours = (n: number) => {
  const mine = clients.splice(0, n);
  return cpuOf(() => atOnce(n, LANES, async (index) => {
    const client = mine[index];
    if (client) await enrollCertificate(house.desk, { ...client.actor }, { csr: client.csr, enrollmentCode: client.code });
  }));
};
console.log(await inTurn({ ours }, { rounds, warmUps, count }));
await house.close();
