import { randomBytes } from "node:crypto";

const LETTERS = "0123456789abcdefghjkmnpqrstvwxyz"; // Crockford's 32: none that is easily misread, and each octet chooses evenly

/** A first password: four groups of four, 80 random bits. Whoever is told it must change it. */
export function firstPassword(): string {
  return Array.from(randomBytes(16), (octet) => LETTERS.charAt(octet % LETTERS.length)).join("").replace(/....(?=.)/g, "$&-");
}
