import type { Issuers } from "../authorities/Issuers.js";
import type { Desk } from "../foundation/desk.js";
import type { SecretBox } from "../foundation/secretBox.js";

/** What the workshop works with, beside the desk. */
export interface CertificateDesk extends Desk {
  issuers: Issuers;
  /** A random serial; see `pki/serialNumber.ts`. */
  newSerialNumber(): string;
  /** SHA-256 fingerprints of public keys that no certificate may bear. */
  blockedKeys: ReadonlySet<string>;
  /** For a code that waits to be sent. */
  secrets: SecretBox;
}
