import { withinTime } from "../../src/foundation/withinTime.js";

it("gives what the work gives, when it comes in time", async () => {
  await expect(withinTime(Promise.resolve(7), 10_000, "a sum")).resolves.toBe(7);
  await expect(withinTime(Promise.reject(new Error("no")), 10_000, "a sum")).rejects.toThrow("no");
});

it("rejects what takes longer, and what comes of it afterwards is nobody's fault", async () => {
  const late = deferred();
  await expect(withinTime(late.promise, 20, "a signature")).rejects.toThrow("a signature takes longer than 0.02 s");
  late.reject(new Error("too late"));
  await expect(late.promise).rejects.toThrow("too late");
});

function deferred() {
  let reject: (error: Error) => void = () => undefined;
  const promise = new Promise<number>((_resolve, rejects) => { reject = rejects; });
  return { promise, reject };
}
