import type { IssuingName, Profile } from "../profiles.js";
import { algorithmIdentifier } from "../Signer.js";
import type { ToBeSigned } from "../ToBeSigned.js";

/**
 * The algorithm that the issuer signs with, exactly as it stands outside, too (RFC 5280 §4.1.1.2, §4.1.2.3): ECDSA without
 * parameters (RFC 5758 §3.2), RSA with NULL (RFC 8017 appendix A.2.4).
 */
export function signatureAlgorithm({ signature }: ToBeSigned, _profile: Profile, { algorithm }: IssuingName): string | undefined {
  return signature.equals(algorithmIdentifier[algorithm]) ? undefined : `not the issuer's ${algorithm}`;
}
