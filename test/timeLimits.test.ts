it("each test and hook is under the limits: what is defined while one runs is refused", () => {
  expect(() => { afterEach(() => undefined); }).toThrow("defined while a test or a hook runs");
});

it("what takes longer than it may fails, and says so; what is quick enough gives or fails as it would", async () => {
  const { limited } = await import("./support/timeLimits.js"); // not before: it would put itself in its place
  await expect(limited(() => new Promise(() => undefined), 20)()).rejects.toThrow("took longer than 20 ms");
  await expect(limited(() => Promise.resolve(), 10_000)()).resolves.toBeUndefined();
  await expect(limited(() => { throw new Error("at once"); }, 10_000)()).rejects.toThrow("at once");
});
