import { dottedOid, enterDer } from "../derReader.js";
import { accessMethods, demandsOf, type Profile } from "../profiles.js";
import { extensionNamed, type ToBeSigned } from "../ToBeSigned.js";
import { httpAddressBreach } from "./httpAddress.js";

const URI = 0x86;

/** One http address for each of the profile's methods and no other (RFC 5280 §4.2.2.1; RFC 6960 §3.1). */
export function authorityInfoAccess(certificate: ToBeSigned, profile: Profile): string[] {
  const value = extensionNamed("authorityInfoAccess", certificate);
  if (!value) return []; // extensionSet speaks of a missing one

  const methods: string[] = [];
  const addresses: Buffer[] = [];
  const descriptions = enterDer(value, 0x30);
  while (!descriptions.isAtEnd) {
    const description = descriptions.enter(0x30);
    methods.push(dottedOid(description.read(0x06).content));
    addresses.push(description.read(URI).content);
    description.finish();
  }
  return [...methodBreaches(methods, profile), ...addresses.flatMap((address) => httpAddressBreach(address) ?? [])];
}

function methodBreaches(stated: string[], profile: Profile): string[] {
  const demanded = demandsOf[profile].authorityInfoAccess.map((method) => accessMethods[method]);
  const isExact = stated.length === demanded.length && demanded.every((method) => stated.includes(method));
  return isExact ? [] : [`${stated.join(", ") || "nothing"} instead of ${demanded.join(", ") || "nothing"}`];
}
