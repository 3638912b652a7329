import { createCipheriv, createDecipheriv, randomBytes, scryptSync } from "node:crypto";

/** Seals what must be stored for a while and be read again: an enrollment code that waits for its mail. */
export interface SecretBox {
  seal(secret: string): string;
  /** Throws for what this box didn't seal. */
  open(sealed: string): string;
}

const NONCE = 12;
const TAG = 16;

/**
 * AES-256-GCM under a key of its own, derived from the passphrase that the CA keys are sealed with: slowly (scrypt), so that a
 * stolen database is no quick way to try passphrases.
 */
export function secretBox(passphrase: string): SecretBox {
  const key = scryptSync(passphrase, "shomei secrets in mails", 32, { N: 2 ** 15, r: 8, p: 1, maxmem: 64 * 1024 * 1024 });
  return {
    seal: (secret) => {
      const nonce = randomBytes(NONCE);
      const cipher = createCipheriv("aes-256-gcm", key, nonce);
      const sealed = Buffer.concat([cipher.update(secret, "utf8"), cipher.final()]);
      return Buffer.concat([nonce, cipher.getAuthTag(), sealed]).toString("base64");
    },
    open: (text) => {
      const bytes = Buffer.from(text, "base64");
      const decipher = createDecipheriv("aes-256-gcm", key, bytes.subarray(0, NONCE), { authTagLength: TAG });
      decipher.setAuthTag(bytes.subarray(NONCE, NONCE + TAG));
      return Buffer.concat([decipher.update(bytes.subarray(NONCE + TAG)), decipher.final()]).toString("utf8");
    },
  };
}
