import { nothing } from "../der.js";
import { extensionNamed, type ToBeSigned } from "../ToBeSigned.js";

/** Its value is NULL (RFC 6960 §4.2.2.2.1). */
export function ocspNoCheck(certificate: ToBeSigned): string | undefined {
  const stated = extensionNamed("ocspNoCheck", certificate);
  return !stated || stated.equals(nothing) ? undefined : `${stated.toString("hex")} instead of NULL`;
}
