import { demandsOf, extensionIds, type ExtensionName, type Profile } from "../profiles.js";
import type { ToBeSigned } from "../ToBeSigned.js";

/**
 * Critical is what limits a key (basicConstraints and keyUsage, RFC 5280 §4.2.1.9, §4.2.1.3), and nothing that only helps
 * a reader (§4.2.1.1, §4.2.1.2, §4.2.1.13, §4.2.2.1; RFC 6960 §4.2.2.2.1).
 */
export function extensionCriticality({ extensions }: ToBeSigned, profile: Profile): string[] {
  const { extensions: demanded } = demandsOf[profile];
  return (Object.keys(demanded) as ExtensionName[]).flatMap((name) => {
    const isDemanded = demanded[name] === "CRITICAL";
    const differ = extensions.some(({ id, isCritical }) => id === extensionIds[name] && isCritical !== isDemanded);
    return differ ? `${name} is ${isDemanded ? "not critical" : "critical"}` : [];
  });
}
