import { enterDer } from "../derReader.js";
import { extensionNamed, type ToBeSigned } from "../ToBeSigned.js";
import { httpAddressBreach } from "./httpAddress.js";

const URI = 0x86;

/**
 * One place, one http address, for every reason and from the CA itself: not split by reasons, not by another's cRLIssuer
 * (RFC 5280 §4.2.1.13; BR 7.1.2.11.2 by choice).
 */
export function crlDistributionPoint(certificate: ToBeSigned): string | undefined {
  const value = extensionNamed("crlDistributionPoints", certificate);
  if (!value) return undefined; // extensionSet speaks of a missing one

  const points = enterDer(value, 0x30);
  const point = points.enter(0x30);
  if (!points.isAtEnd) return "more than one";
  const place = point.enter(0xa0);
  const names = place.enter(0xa0); // fullName; [1] would be relative to the issuer's name
  place.finish();
  if (!point.isAtEnd) return "reasons or a cRLIssuer";
  const { content: address } = names.read(URI);
  return names.isAtEnd ? httpAddressBreach(address) : "more than one address";
}
