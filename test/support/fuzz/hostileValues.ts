/** A value as JSON and as it is written in a document; kept as text, for not every number and key outlives an object. */
export interface HostileValue {
  what: string;
  json: string;
  literal: string;
}

/** Stands in every hostile text, so that it can be replaced by what must not come back. */
export const HOSTILE = "hostile1";

const MB = 2 ** 20;
const same = (what: string, text: string): HostileValue => ({ what, json: text, literal: text });
const text = (what: string, value: string): HostileValue => same(what, JSON.stringify(value));
const deep = (levels: number, open: string, close: string) => open.repeat(levels) + close.repeat(levels);

/** What no client of ours sends for anything: of the wrong type, empty, endless, impossible, or meant for somebody else's server. */
export const hostileValues: readonly HostileValue[] = [
  same("null", "null"),
  same("true", "true"),
  same("zero", "0"),
  same("a negative number", "-1"),
  same("more than 32 bits", "2147483648"),
  same("more than 64 bits", "-99999999999999999999999"),
  same("more than a double", "1e400"),
  same("a fraction", "0.1"),
  same("an empty list", "[]"),
  { what: "an empty object", json: "{}", literal: "{}" },
  { what: "an object", json: `{"a":{"b":["${HOSTILE}"]}}`, literal: `{ a: { b: ["${HOSTILE}"] } }` },
  { what: "the prototype", json: "{\"__proto__\":{\"isAdmin\":true}}", literal: "{ __proto__: { isAdmin: true } }" },
  { what: "a constructor", json: "{\"constructor\":{\"prototype\":null},\"toString\":1,\"valueOf\":null}", literal: "{ constructor: null, toString: 1 }" },
  same("a list of lists", `[[null, ["${HOSTILE}"], 1]]`),
  same("a list of 10,000", `[${`"${HOSTILE}",`.repeat(9_999)}"${HOSTILE}"]`),
  { what: "an enum's value", json: "\"constructor\"", literal: "__proto__" },
  { what: "a list of 300", json: `[${"null,".repeat(299)}null]`, literal: `[${"null,".repeat(299)}null]` },
  { what: "lists in lists", json: deep(50_000, "[", "]"), literal: deep(900, "[", "]") },
  { what: "objects in objects", json: `${"{\"a\":".repeat(20_000)}1${"}".repeat(20_000)}`, literal: `${"{a:".repeat(600)}1${"}".repeat(600)}` },
  text("an empty text", ""),
  text("blanks", " \u3000\t "),
  text("a MB", HOSTILE.repeat(MB / HOSTILE.length)),
  text("300 wide letters", "㍿".repeat(300)),
  text("NUL", `${HOSTILE}\u0000`),
  text("lone surrogates", `\ud800${HOSTILE}\udfff`),
  text("beyond the BMP", "𠮷😀👩‍👩‍👧‍👦"),
  text("marks of direction", `\u202e${HOSTILE}\ufeff\u2028`),
  text("combining marks", `a${"\u0301".repeat(200)}`),
  text("a day that isn't", "2026-02-30"),
  text("the last of all days", "9999-12-31"),
  text("before all days", "0000-01-01"),
  text("beyond all days", "+275760-09-13T00:00:00.001Z"),
  text("an instant that isn't", "2026-13-01T25:61:61Z"),
  text("a first day", "0001-01-01T00:00:00Z"),
  text("SQL", `' OR '1'='1'; DROP TABLE users; -- ${HOSTILE}`),
  text("wildcards", "%_\\%"),
  text("a script", `"><script>alert("${HOSTILE}")</script>`),
  text("a template", "${7*7}{{7*7}}<%= 7*7 %>#{7*7}"),
  text("a path", "../../../../etc/passwd\u0000.png"),
  text("an address that runs on", "a@b.example\r\nBcc: all@example.com"),
  text("an id of another kind", "cert_01ARZ3NDEKTSV4RRFFQ69G5FAV"),
  text("an id that isn't", "usr_01ARZ3NDEKTSV4RRFFQ69G5FA"),
  { what: "a block string", json: `"${HOSTILE}\\n\\"\\"\\""`, literal: `"""\n   ${HOSTILE}\n  \\""" 'x'\n"""` },
];
