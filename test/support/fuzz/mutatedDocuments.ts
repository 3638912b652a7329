import type { Random } from "./Random.js";

/** A document with one to four things done to it: of its tokens, of its letters, or around it. `other` is what parts are borrowed from. */
export function mutatedDocument(random: Random, document: string, other: string): string {
  let now = document;
  for (let edits = random.between(1, 4); edits > 0; edits--) now = random.pick(...deeds)(random, now, other);
  return now;
}

type Deed = (random: Random, document: string, other: string) => string;

const TOKEN = /"""[^]*?"""|"(?:\\.|[^"\\\n])*"|\.\.\.|\$?[\w-]+|\s+|[^]/g;
const tokensOf = (document: string): string[] => document.match(TOKEN) ?? [""];

const ODD = [
  "{", "}", "(", ")", "[", "]", "!", ":", "=", "@", "$", "|", "&", "...", "\"", "\"\"\"", "#", ",", "\\", "\u0000", "\ufeff", "\u00a0", "\u2028", "\ud800", "\udc00", "ａ", "あ", "😀", "on", "fragment",
  "subscription { x }", "query", "mutation", "null", "true", "__schema { types { name } }", "__typename", "__proto__", "constructor", "0x1F", "00", "1.", ".5", "-", "1e", "1e999", "99999999999999999999",
  "\"\\u{110000}\"", "\"\\ud800\"", "\"\\x\"", "\"\\u00\"", "\"\"\"\n  a\n\"\"\"", "extend type Query { x: Int }", "type T { x: Int }", "schema { query: Q }", "@include(if: $nothing)", "@defer", "@stream",
] as const;

const onTokens = (change: (random: Random, tokens: string[], at: number, other: string[]) => void): Deed => (random, document, other) => {
  const tokens = tokensOf(document);
  change(random, tokens, random.below(tokens.length), tokensOf(other));
  return tokens.join("");
};
const atPlace = (insert: (random: Random) => string): Deed => (random, document) => {
  const at = random.below(document.length + 1);
  return document.slice(0, at) + insert(random) + document.slice(at);
};
const inSelection = (wrap: (inner: string) => string): Deed => (_random, document) => document.replace(/\{ *(\w[^{}]*)\}/, (_all, inner: string) => `{ ${wrap(inner)} }`);

/** Fragments that come back to themselves, and meet each other's fields on the way. */
const inCircle: Deed = (random, document) => {
  const [size, field] = [random.pick(1, 2, 24, 49), random.pick("id", "certificate { holder { id } }", "certificate { holder { id } }")];
  const circle = Array.from({ length: size }, (_, index) => `fragment K${String(index)} on User { ...K${String((index + 1) % size)} ${field} }`);
  const asked = random.chance(0.7) ? "{ viewer { user { ...K0 } } }" : document.replace(/\{(?=[^{}]*\})/, "{ ...K0 ");
  return `${asked} ${circle.join(" ")}`;
};

const deeds: readonly [Deed, ...Deed[]] = [
  onTokens((_random, tokens, at) => void tokens.splice(at, 1)),
  onTokens((random, tokens, at) => void tokens.splice(at, random.between(1, 10))),
  onTokens((random, tokens, at) => void tokens.splice(at, 0, ...Array<string>(random.pick(1, 2, 40)).fill(tokens[at] ?? ""))),
  onTokens((random, tokens, at) => {
    const to = random.below(tokens.length);
    [tokens[at], tokens[to]] = [tokens[to] ?? "", tokens[at] ?? ""];
  }),
  onTokens((random, tokens, at) => { tokens[at] = random.pick(...ODD); }),
  onTokens((random, tokens, at, other) => { tokens[at] = other[random.below(other.length)] ?? ""; }),
  onTokens((random, tokens, at, other) => {
    const from = random.below(other.length);
    tokens.splice(at, random.below(20), ...other.slice(from, from + random.below(20)));
  }),
  atPlace((random) => random.pick(...ODD)),
  atPlace((random) => random.pick(...ODD).repeat(random.pick(2, 30, 3_000))),
  atPlace((random) => `# ${random.pick("x", "\u0000", "}", "\ud800").repeat(random.pick(1, 10, 100_000))}\n`),
  atPlace((random) => " \t\r\n,".repeat(random.pick(1, 1_000))),
  (random, document) => document.slice(0, random.below(document.length + 1)),
  (random, document) => document.slice(random.below(document.length + 1)),
  (_random, document, other) => `${document}\n${other}`,
  (_random, document) => `\ufeff${document}`,
  (random, document) => document.replace(/[A-Za-z_]\w*/g, (name) => (random.chance(0.02) ? random.pick("x", "__typename", "constructor", "hasOwnProperty", name.slice(0, 50).repeat(20_000), `${name}é`) : name)),
  (random, document) => document.replace(/\{/g, () => (random.chance(0.2) ? "{ ... {" : "{")),
  (random, document) => document.replace(/"/, () => random.pick("\"\"\"", "'", "“", "")),
  inSelection((inner) => `...C ${inner}`),
  (random, document) => `${document} fragment C on ${random.pick("User", "Query", "Mutation", "Nothing")} { ...D id } fragment D on ${random.pick("User", "Query")} { ...C ...C }`,
  inCircle,
  inSelection((inner) => `${"a: __typename ".repeat(40)} ${inner}`),
  (random, document) => `${document} query Q${random.pick("", "2")} ${"{ a".repeat(random.pick(5, 50, 900))}${"}".repeat(random.pick(5, 50, 900))}`,
];
