import { createHash, randomInt, timingSafeEqual } from "node:crypto";

const ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"; // Crockford's base 32: nothing that looks alike
const LENGTH = 16; // 80 bits

/** A one-time code that opens one certificate record, in groups of four to be read out. */
export function newEnrollmentCode(): string {
  const symbols = Array.from({ length: LENGTH }, () => ALPHABET.charAt(randomInt(ALPHABET.length)));
  return symbols.join("").replace(/(.{4})(?=.)/g, "$1-");
}

/** What is stored of a code. Spaces, hyphens and case don't count; O is 0, I and L are 1. */
export function hashOfCode(code: string): string {
  const symbols = code.slice(0, 100).toUpperCase().replace(/[\s-]/g, "").replace(/O/g, "0").replace(/[IL]/g, "1");
  return createHash("sha256").update(symbols).digest("hex");
}

export function isCode(code: string, hash: string): boolean {
  return timingSafeEqual(Buffer.from(hashOfCode(code), "hex"), Buffer.from(hash, "hex"));
}
