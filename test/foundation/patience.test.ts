import { patienceWith, type Patience } from "../../src/foundation/database/patience.js";

const now = performance.now.bind(performance);
let at = 0;
let openPatience: () => Patience;
beforeEach(() => {
  performance.now = () => at;
  openPatience = patienceWith();
});
afterEach(() => { performance.now = now; });

const lost = new Error("lost");
const fails = (patience: Patience) => {
  try {
    patience.failed(lost);
    return "goes on";
  } catch (error) {
    return (error as { code?: string }).code;
  }
};

describe("patience with a database", () => {
  it("lasts for eight seconds, and then is DATABASE_UNAVAILABLE with how long to wait, and why", () => {
    const patience = openPatience();
    expect(patience.unavailable()).toBeUndefined();
    for (const moment of [0, 4_000, 7_999]) {
      at = moment;
      expect(fails(patience)).toBe("goes on");
    }
    at = 8_000;
    expect(fails(patience)).toBe("DATABASE_UNAVAILABLE");
    expect(patience.unavailable()).toMatchObject({ code: "DATABASE_UNAVAILABLE", facts: { retryAfter: 5 }, cause: lost, isOutcomeUnknown: false });
  });

  it("is all of ours: whoever comes when nobody has been served for so long doesn't wait", () => {
    const first = openPatience();
    for (at = 0; at <= 8_000; at += 1_000) fails(first);
    expect(fails(openPatience())).toBe("DATABASE_UNAVAILABLE");
  });

  it("begins anew once anybody was served", () => {
    const first = openPatience();
    for (at = 0; at <= 8_000; at += 1_000) fails(first);
    openPatience().served();
    expect(fails(openPatience())).toBe("goes on");
  });

  it("begins anew where nobody asked for as long as it lasts", () => {
    at = 0;
    fails(openPatience());
    at = 60_000;
    expect(fails(openPatience())).toBe("goes on");
  });

  it("ends also for one that alone fails: what it asks may be what ends the hosts", () => {
    const unlucky = openPatience();
    for (at = 0; at < 8_000; at += 1_000) {
      expect(fails(unlucky)).toBe("goes on");
      openPatience().served();
    }
    expect(fails(unlucky)).toBe("DATABASE_UNAVAILABLE");
    expect(fails(openPatience())).toBe("goes on");
  });
});
