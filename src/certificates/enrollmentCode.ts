import { hash, randomBytes, timingSafeEqual } from "node:crypto";

const ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"; // Crockford's base 32: nothing that looks alike
const LENGTH = 16; // 80 bits

/** A one-time code that opens one certificate record, in groups of four to be read out. */
export function newEnrollmentCode(): string {
  let code = "";
  for (const octet of randomBytes(LENGTH)) { // 256 is a multiple of 32: each symbol is as likely
    if (code.length % 5 === 4) code += "-";
    code += ALPHABET.charAt(octet % ALPHABET.length);
  }
  return code;
}

/** What is stored of a code. Spaces, hyphens and case don't count; O is 0, I and L are 1. */
export function hashOfCode(code: string): string {
  const symbols = code.slice(0, 100).toUpperCase().replace(/[\s-]/g, "").replace(/O/g, "0").replace(/[IL]/g, "1");
  return hash("sha256", symbols);
}

export function isCode(code: string, stored: string): boolean {
  return timingSafeEqual(Buffer.from(hashOfCode(code), "hex"), Buffer.from(stored, "hex"));
}
