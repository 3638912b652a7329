import type { Random } from "./Random.js";

/** A request as the path of a GET has it: as it should be, as some clients write it, and as nobody does. */
export function spelledInPath(random: Random, der: Buffer): string {
  const base64 = der.toString("base64");
  const at = random.below(base64.length + 1);
  const odd = random.pick("%", "%zz", "%00", "%ff", "%e3%81", "%u0041", "=", "====", "//", "/../", "/./", "?", "#", " ", "\\", ";", "あ", "\u0000", "A", "%2525");
  return random.pick(
    () => encodeURIComponent(base64),
    () => encodeURIComponent(base64),
    () => base64,
    () => base64.replace(/=+$/, ""),
    () => encodeURIComponent(base64).replace(/%../g, (escaped) => escaped.toLowerCase()),
    () => base64.replace(/./g, (character) => (random.chance(0.3) ? `%${character.charCodeAt(0).toString(16)}` : character)),
    () => der.toString("base64url"),
    () => encodeURIComponent(encodeURIComponent(base64)),
    () => base64.slice(0, at) + odd + base64.slice(at),
    () => encodeURIComponent(base64.slice(0, at) + odd + base64.slice(at)),
    () => base64.repeat(random.between(2, 30)),
  )();
}

/** The bytes that such a path spells, where it spells any. */
export function bytesInPath(url: string): Buffer {
  try {
    return Buffer.from(decodeURIComponent(new URL(url, "http://localhost").pathname.slice("/ocsp/".length)), "base64");
  } catch {
    return Buffer.alloc(0);
  }
}
