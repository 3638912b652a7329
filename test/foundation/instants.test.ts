import { Certificate } from "../../src/certificates/Certificate.js";
import { certificatesByIds } from "../../src/certificates/readCertificates.js";
import { House } from "../support/House.js";

let house: House;

beforeAll(async () => {
  house = await House.open();
});
afterAll(() => house.close());

it("the suite runs where clocks are turned, so that no computation can lean on the server's own time zone", () => {
  expect(process.env.TZ).toBe("America/New_York");
  expect(new Date("2026-07-01T00:00:00Z").getTimezoneOffset()).not.toBe(new Date("2026-12-01T00:00:00Z").getTimezoneOffset());
});

it.each([
  ["in the hour that is left out in spring", "2026-03-08T07:30:00.001Z"],
  ["in the hour's first passing in autumn", "2026-11-01T05:30:00.002Z"],
  ["in the hour's second passing in autumn", "2026-11-01T06:30:00.003Z"],
  ["in the last millisecond of a day in Japan", "2027-02-12T14:59:59.999Z"],
  ["far away", "2049-12-31T23:59:59.999Z"],
])("an instant %s is stored and read as what it is, by the ORM and by hand-written SQL, and compared as that", async (_where, text) => {
  const instant = new Date(text);
  const { master, taro } = await house.aTenant();
  const { id } = await house.aCertificate(taro, "PENDING");
  await house.db.transaction((tx) => tx.update(Certificate, { id }, { enrollmentDeadline: instant }));

  expect((await house.certificate(id)).enrollmentDeadline).toEqual(instant);
  const [read] = await certificatesByIds(house.desk, await house.signedIn(master), [id]);
  expect(read?.enrollmentDeadline).toEqual(instant);

  const later = new Date(instant.getTime() + 1);
  const isOpenAt = async (at: Date) => {
    const rows: object[] = await house.db.reads.query("SELECT id FROM certificates WHERE id = ? AND enrollment_deadline >= ?", [id, house.db.instant(at)]);
    return rows.length === 1;
  };
  expect([await isOpenAt(instant), await isOpenAt(later)]).toEqual([true, false]);
});
