import { toPem } from "../../../src/pki/pem.js";
import { restructured } from "./DerTree.js";
import type { Fuzzed } from "./fuzz.js";
import { mutated } from "./mutated.js";
import type { Random } from "./Random.js";
import { retyped } from "./retyped.js";

export interface FuzzedHeader extends Fuzzed {
  values: string[];
}

/** Client-Cert as a proxy might be made to send it: of this certificate, of others like it, of none. */
export function aClientCert(random: Random, der: Buffer, other: Buffer): FuzzedHeader {
  const spelled = (bytes: Buffer) => (random.chance(0.5) ? `:${bytes.toString("base64")}:` : encodeURIComponent(toPem("CERTIFICATE", bytes)));
  const share = random.below(100);
  if (share < 10) return header("random", random.octets(random.below(400)).toString("latin1"));
  if (share < 45) return header("mutated", spelled(mutated(random, der, other)));
  if (share < 65) return header("restructured", spelled(restructured(random, der, other)));
  if (share < 85) return header("retyped", retyped(random, spelled(der)));
  if (share < 90) return header("doubled", spelled(der), random.chance(0.5) ? spelled(der) : "");
  return header("built", spelled(random.chance(0.7) ? der : other));
}

function header(kind: string, ...values: string[]): FuzzedHeader {
  return { kind, values, shown: () => JSON.stringify(values) };
}

/** Whether it is this certificate after all that the header carries, leniently read. */
export function carries({ values: [value = "", ...more] }: FuzzedHeader, der: Buffer): boolean {
  const isIn = (text: string) => Buffer.from(text.replace(/-----[A-Z ]+-----|:/g, ""), "base64").equals(der);
  try {
    return more.length === 0 && (isIn(value) || isIn(decodeURIComponent(value)));
  } catch {
    return false;
  }
}
