import { demandsOf, extensionIds, type ExtensionName, type Profile } from "../profiles.js";
import type { ToBeSigned } from "../ToBeSigned.js";

/** All extensions of the profile and no other (RFC 5280 §4.2; RFC 6960 §4.2.2.2.1; BR 7.1.2 by choice). */
export function extensionSet({ extensions }: ToBeSigned, profile: Profile): string[] {
  const names = Object.keys(demandsOf[profile].extensions) as ExtensionName[];
  const demanded: string[] = names.map((name) => extensionIds[name]);
  const stated = new Set(extensions.map(({ id }) => id));
  const missing = demanded.filter((id) => !stated.has(id));
  const other = Array.from(stated).filter((id) => !demanded.includes(id));
  return [...missing.map((id) => `${id} is missing`), ...other.map((id) => `${id} doesn't belong there`)];
}
