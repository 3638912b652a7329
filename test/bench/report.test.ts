import { isMet, type Figure } from "../../bench/Figure.js";
import { asJson, asTable } from "../../bench/report.js";

const figures: Figure[] = [
  { name: "page", engine: "MariaDB", contender: "Shomei", microseconds: 500, perSecond: 2_000 },
  { name: "page", engine: "MariaDB", contender: "mercurius", microseconds: 499, perSecond: 2_004, ratio: 1.002, target: { atMost: 1 } },
  { name: "reissue", engine: "SQLite", contender: "Shomei, the use case", microseconds: 900, ratio: 1.3, target: { atMost: 1.3 } },
  { name: "OCSP", contender: "Shomei", microseconds: 50.01, perSecond: 19_996, target: { atLeast: 20_000 }, note: "in process" },
];

it("a target is met at its figure and missed a thousandth beyond it, whatever it is rounded to", () => {
  expect(figures.map(isMet)).toEqual([true, false, true, false]);
  expect(asTable(figures)).toContain("| page | MariaDB | mercurius | 499 | 2,004 | 1.00× | ≤ 1.0× **missed** |");
  expect(asTable(figures)).toContain("| OCSP | – | Shomei | 50.0 | 19,996 |  | ≥ 20,000/s **missed** | in process |");
});

it("programs read the targets by their names: what was measured, what was wanted, whether it is met", () => {
  expect(asJson(figures)).toEqual({
    "page to mercurius (MariaDB)": { ratio: 1.002, target: 1, met: false },
    "reissue (SQLite)": { ratio: 1.3, target: 1.3, met: true },
    "OCSP": { perSecond: 19_996, target: 20_000, met: false },
  });
});
