import { sign } from "node:crypto";
import type { AddressInfo } from "node:net";
import { newKey } from "../src/pki/Signer.js";
import { answerOcsp } from "../src/validation/answerOcsp.js";
import { House } from "../test/support/House.js";
import { Client } from "./clients.js";
import { customers, issuerOf } from "./customers.js";
import type { Figure } from "./Figure.js";
import { ocspRequestFor } from "./ocspRequests.js";
import { atOnce, compared, cpuOf, inTurn } from "./rounds.js";

const LANES = 32;
const quick = process.argv.includes("--quick");
const plan = quick ? { rounds: 21, warmUps: 30, count: 600 } : { rounds: 45, warmUps: 40, count: 1_000 };

const house = await House.open();
await customers(house, quick ? 2_000 : 10_000, "ACTIVE");
const issuer = await issuerOf(house);
const serials: { serial_number: string }[] = await house.db.reads.query("SELECT c.serial_number FROM certificates c");
const requests = serials.map(({ serial_number: serial }) => ocspRequestFor(serial, { subject: issuer.name.subject, spki: issuer.signer.publicKey }));
const door = await house.door();
await door.listen({ host: "127.0.0.1", port: 0 });
const url = `http://127.0.0.1:${String((door.server.address() as AddressInfo).port)}/ocsp`;
const client = new Client();
const key = newKey("P-256");
const about = Buffer.alloc(200, 1); // as long as a response's data

let asked = 0;
const next = () => requests[asked++ % requests.length] ?? Buffer.alloc(0); // another certificate each time
const measured = await inTurn<string>({
  answer: (count) => cpuOf(() => atOnce(count, LANES, async () => { if (!(await answerOcsp(house.desk, next())).isShareable) throw new Error("no answer"); })),
  signature: (count) => cpuOf(() => { for (let done = 0; done < count; done++) sign("sha256", about, key); return Promise.resolve(); }),
  ...(quick ? {} : { http: (count: number) => {
    const load = Array.from({ length: count }, () => ({ headers: { "content-type": "application/ocsp-request" }, body: next().toString("base64") }));
    return client.ask({ url, lanes: LANES, requests: load, isBinary: true, expects: "Shomei OCSP Signer" }, cpuOf);
  } }),
}, plan);
client.close();
await door.close();
await house.close();

const line = (name: string, contender: string, of: string, note: string): Figure => ({ name, contender, ...compared(measured, of, "signature"), note });
const figures: Figure[] = [
  { ...line("OCSP", "Shomei, from DER to DER", "answer", "in process, 32 at once, another certificate each time, each looked up in the database; ratio to the signature alone"), target: { atLeast: 20_000 } },
  line("OCSP", "the P-256 signature alone", "signature", "node:crypto"),
  ...(quick ? [] : [line("OCSP over HTTP", "Shomei", "http", "POST, load from another process, 32 connections")]),
];
process.send?.(figures, () => { process.disconnect(); });
