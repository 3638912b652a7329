import { setTimeout as pause } from "node:timers/promises";

it("each test and hook is under the limits: what is defined while one runs is refused", () => {
  expect(() => { afterEach(() => undefined); }).toThrow("defined while a test or a hook runs");
});

it("what takes longer than it may fails, and says so; what is quick enough gives or fails as it would", async () => {
  const { limited } = await import("./support/timeLimits.js"); // not before: it would put itself in its place
  await expect(limited(() => new Promise(() => undefined), 20)()).rejects.toThrow("took longer than 20 ms");
  await expect(limited(() => Promise.resolve(), 10_000)()).resolves.toBeUndefined();
  await expect(limited(() => { throw new Error("at once"); }, 10_000)()).rejects.toThrow("at once");
});

it("an error that nobody catches, and a rejection that nobody has waited for yet, fail the test they come in, the next ones go on", async () => {
  const { limited } = await import("./support/timeLimits.js");
  const rejecting = () => Promise.reject(new Error("nobody waits"));
  await expect(limited(async () => { void rejecting(); await pause(1_000); }, 10_000)()).rejects.toThrow("nobody waits");
  await expect(limited(() => { void rejecting(); }, 10_000)()).rejects.toThrow("nobody waits");
  await expect(limited(async () => { const late = rejecting(); await pause(10); await late.catch(() => undefined); }, 10_000)()).rejects.toThrow("nobody waits");
  await expect(limited(async () => { setTimeout(() => { throw new Error("nobody catches"); }); await pause(1_000); }, 10_000)()).rejects.toThrow("nobody catches");
  await expect(limited(async () => { await rejecting().catch(() => undefined); }, 10_000)()).resolves.toBeUndefined();
});
