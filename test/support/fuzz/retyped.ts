import { toPem } from "../../../src/pki/pem.js";
import type { Random } from "./Random.js";

/** PEM with one to three things done to it that happen between two windows, or that somebody does on purpose. */
export function retyped(random: Random, pem: string): string {
  let now = pem;
  for (let changes = random.between(1, 3); changes > 0; changes--) now = random.pick(...deeds)(random, now);
  return now;
}

/** Text in which nothing is meant, or which only looks like a request. */
export function randomText(random: Random): string {
  const octets = random.octets(random.pick(0, 1, 3, 50, 300, random.below(2_000)));
  return random.pick(
    () => octets.toString("latin1"),
    () => octets.toString("utf16le"), // lone surrogates among it
    () => octets.toString("base64"),
    () => toPem("CERTIFICATE REQUEST", octets),
    () => random.pick("", " ", "-----BEGIN ", "A", "=", "\u0000", "-----BEGIN CERTIFICATE REQUEST-----").repeat(random.below(1_000)),
  )();
}

type Deed = (random: Random, text: string) => string;

const CHARACTERS = ["\u0000", "\ufeff", "\u00a0", "\u2028", "\ud800", "ー", "＝", "А", "-", "=", "+", "/", "_", " ", "\t", "\r", "\n", "%", "\\n", "&#10;", "A", ":", ","] as const;
const LABELS = [
  "NEW CERTIFICATE REQUEST", "NEW CERTIFICATE REQUEST", "CERTIFICATE", "certificate request", "CERTIFICATE  REQUEST", "", "X509 CRL", "PRIVATE KEY", "EC PRIVATE KEY",
] as const;

const put: Deed = (random, text) => {
  const at = random.below(text.length + 1);
  return text.slice(0, at) + random.pick(...CHARACTERS) + text.slice(at + random.below(3));
};

const deeds: readonly [Deed, ...Deed[]] = [
  put,
  put,
  (random, text) => text.replaceAll("CERTIFICATE REQUEST", random.pick(...LABELS)),
  (random, text) => text.replace("CERTIFICATE REQUEST", random.pick(...LABELS)), // of two, one
  (random, text) => text.replaceAll("\n", random.pick("\r\n", "\r", "", "\n\n", " ", " \t\n", "\v\f\u2029")),
  (random, text) => text.slice(0, random.below(text.length + 1)),
  (random, text) => text.slice(random.below(text.length + 1)),
  (random, text) => text + random.pick(text, "\n".repeat(20_000), " ", "\n\n", "thank you", "-----END CERTIFICATE REQUEST-----"),
  (random, text) => random.pick(" ", "\n", "\ufeff", "Subject: CN=x\n", text.slice(0, 30)) + text,
  (random, text) => text.replace("-----\n", `-----\n${random.pick("Proc-Type: 4,ENCRYPTED\n\n", "X: y\n\n", "\n\n", "----")}`),
  (_random, text) => text.replaceAll("+", "-").replaceAll("/", "_"),
  (_random, text) => text.replaceAll("=", ""),
  (_random, text) => text.replaceAll("-----", "----"),
  (_random, text) => text.toLowerCase(),
  (_random, text) => text.split("\n").reverse().join("\n"),
];
