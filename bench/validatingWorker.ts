import { createHash, sign } from "node:crypto";
import { DAY, MINUTE, later } from "../src/foundation/clock.js";
import { answerOcsp } from "../src/validation/answerOcsp.js";
import { octetString, oid, sequence, tlv } from "../src/pki/der.js";
import { serialOctets } from "../src/pki/serialNumber.js";
import { newKey } from "../src/pki/Signer.js";
import { House } from "../test/support/House.js";
import { customers, issuerOf } from "./customers.js";
import { atOnce, cpuOf, inTurn } from "./rounds.js";

const LANES = 32;
const house = await House.open();
await customers(house, 5_000, "ACTIVE");
const issuer = await issuerOf(house);
const rows: { serial_number: string }[] = await house.db.reads.query("SELECT c.serial_number FROM certificates c");
const requests = rows.map(({ serial_number }) => requestFor(serial_number));

function requestFor(serialNumber: string): Buffer {
  const sha1 = (bytes: Buffer) => octetString(createHash("sha1").update(bytes).digest());
  const keyBits = issuer.signer.publicKey.subarray(-65);
  const certId = sequence(sequence(oid("1.3.14.3.2.26"), tlv(0x05)), sha1(issuer.name.subject), sha1(keyBits), tlv(0x02, serialOctets(serialNumber)));
  return sequence(sequence(sequence(sequence(certId))));
}
const key = newKey("P-256");
const data = Buffer.alloc(200, 1);
void DAY; void MINUTE; void later;
let next = 0;
const ours = (n: number) => cpuOf(() => atOnce(n, LANES, async () => {
  const { isShareable } = await answerOcsp(house.desk, requests[next++ % requests.length] as Buffer);
  if (!isShareable) throw new Error("no answer");
}));
const signing = (n: number) => cpuOf(() => { for (let i = 0; i < n; i++) sign("sha256", data, key); return Promise.resolve(); });
console.log(await inTurn({ ours, signing }, { rounds: 7, warmUps: 5, count: 2000 }));
await house.close();
