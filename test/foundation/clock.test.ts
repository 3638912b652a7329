import fc from "fast-check";
import { isoOf } from "../../src/foundation/clock.js";
import { instantOf } from "../../src/foundation/database/rows.js";

const YEAR_0 = new Date("0000-01-01T00:00:00.000Z");
const YEAR_9999 = new Date("9999-12-31T23:59:59.999Z");
const EDGES = ["1969-12-31T23:59:59.999Z", "1970-01-01T00:00:00.000Z", "2024-02-29T23:59:59.999Z", "2026-11-28T09:05:03.007Z", "9999-12-31T23:59:59.999Z"];
const instants = (min: Date, max: Date) => fc.oneof(fc.date({ min, max, noInvalidDate: true }), fc.constantFrom(...EDGES.map((edge) => new Date(edge))));

it("an instant's text is what the language itself makes of it, also far away", () => {
  fc.assert(fc.property(fc.oneof(instants(YEAR_0, YEAR_9999), fc.date({ noInvalidDate: true })), (instant) => isoOf(instant) === instant.toISOString()));
  expect(() => isoOf(new Date(NaN))).toThrow(RangeError);
});

it("an instant is read from a database's text to the millisecond, with and without a fraction", () => {
  fc.assert(fc.property(instants(new Date("1000-01-01T00:00:00.000Z"), YEAR_9999), (instant) => {
    const text = instant.toISOString().replace("T", " ").replace("Z", "");
    expect(instantOf(text)).toEqual(instant);
    expect(instantOf(text.slice(0, -4))).toEqual(new Date(Math.floor(instant.getTime() / 1_000) * 1_000));
    expect(instantOf(instant)).toBe(instant);
  }));
});
