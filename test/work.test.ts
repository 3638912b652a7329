import { setTimeout as pause } from "node:timers/promises";
import { RateCount } from "../src/foundation/RateCount.js";
import { startWork } from "../src/work.js";
import { House } from "./support/House.js";

it("what goes on in the background forgets the minutes whose requests were counted", async () => {
  const house = await House.open();
  await house.db.transaction((tx) => tx.insert(RateCount, { subject: "0".repeat(64), minute: 1, taken: 5 }));
  const work = startWork(house.desk, { checkpointSeconds: 300 });
  for (let waits = 0; waits < 100 && (await house.db.reads.countBy(RateCount, {})) > 0; waits++) await pause(50);
  await work.stop();
  expect(await house.db.reads.countBy(RateCount, {})).toBe(0);
  await house.close();
});
