import { setTimeout as pause } from "node:timers/promises";
import { repeatedly } from "../../src/foundation/repeatedly.js";
import { rememberingLog } from "../support/rememberingLog.js";

it("goes on at once where there is more, and waits where there isn't", async () => {
  let runs = 0;
  const repeated = repeatedly(() => Promise.resolve(++runs < 5), 60_000, "work", rememberingLog().log);
  await pause(50);
  expect(runs).toBe(5);
  await repeated.stop();
});

it("says once that it failed, goes on, and says it again after it succeeded", async () => {
  const { log, said } = rememberingLog();
  const outcomes = [false, false, true, false, true];
  let runs = 0;
  const repeated = repeatedly(() => (outcomes[runs++] ?? true ? Promise.resolve() : Promise.reject(new Error("a fault"))), 1, "work", log);
  while (runs < 7) await pause(5);
  await repeated.stop();
  expect(said.map(({ level, message }) => `${level}: ${message}`)).toEqual(Array(2).fill("error: work failed and is tried again"));
});

it("ends when the run that is under way has, and begins no further one", async () => {
  let isUnderWay = false;
  let runs = 0;
  const repeated = repeatedly(async () => {
    runs++;
    isUnderWay = true;
    await pause(30);
    isUnderWay = false;
    return true;
  }, 1, "work", rememberingLog().log);
  await repeated.stop();
  expect([isUnderWay, runs]).toEqual([false, 1]);
  await pause(40);
  expect(runs).toBe(1);
});
