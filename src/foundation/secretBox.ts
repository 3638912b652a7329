import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from "node:crypto";

/** Seals what must be stored for a while and be read again: an enrollment code that waits for its mail. */
export interface SecretBox {
  seal(secret: string): string;
  /** Throws for what this box didn't seal. */
  open(sealed: string): string;
}

const NONCE = 12;
const TAG = 16;

/** AES-256-GCM under a key of its own, derived (HKDF, RFC 5869) from the passphrase that the CA keys are sealed with. */
export function secretBox(passphrase: string): SecretBox {
  const key = Buffer.from(hkdfSync("sha256", passphrase, "", "shomei secrets in mails", 32));
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
