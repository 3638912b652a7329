import type { ToBeSigned } from "../ToBeSigned.js";

/** None: conforming CAs must not make certificates with unique identifiers (RFC 5280 §4.1.2.8). */
export function uniqueIds({ uniqueIds: stated }: ToBeSigned): string | undefined {
  return stated.length === 0 ? undefined : "there are some";
}
