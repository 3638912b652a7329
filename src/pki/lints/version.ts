import type { ToBeSigned } from "../ToBeSigned.js";

/** A certificate with extensions is of version 3, written as 2 (RFC 5280 §4.1.2.1). */
export function version({ version: stated }: ToBeSigned): string | undefined {
  return stated?.equals(Buffer.of(2)) ? undefined : `not v3 but ${stated?.toString("hex") ?? "v1, unsaid"}`;
}
