import { randomBytes, type KeyObject } from "node:crypto";
import { readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { readKeyFile, writeKeyFile, writeOnce } from "./keyFile.js";

/** Where CA keys live, by the name of their CA. A key that is there is never replaced. */
export interface Vault {
  read(name: string): KeyObject | undefined;
  /** Keeps the key and returns it; or, where one of that name is there already, returns that one. */
  keep(name: string, key: KeyObject): KeyObject;
}

/** Encrypted PKCS#8 files in `dir`. Throws KeyFileError where the passphrase doesn't open one. */
export function fileVault(dir: string, passphrase: string): Vault {
  const fileOf = (name: string) => join(dir, `${name}.key.pem`);
  const read = (name: string) => readKeyFile(fileOf(name), passphrase);
  return {
    read,
    keep: (name, key) => {
      if (writeKeyFile(fileOf(name), key, passphrase)) return key;
      const other = read(name);
      if (!other) throw new Error(`${fileOf(name)} came and went`);
      return other;
    },
  };
}

/** The passphrase, or its file, can't be used. */
export class PassphraseError extends Error {
  override name = "PassphraseError";
}

/**
 * The passphrase: given, or the content of `file`, which only its owner may read; or, where neither is given, of the
 * vault's own file, made at the first start.
 */
export function passphraseFor(dir: string, given: { passphrase: string | undefined; file: string | undefined }): string {
  if (given.passphrase) return checkedLength(given.passphrase, "the passphrase");
  const file = given.file ?? join(dir, "passphrase");
  if (given.file === undefined) writeOnce(file, `${randomBytes(32).toString("base64url")}\n`);

  let passphrase: string;
  try {
    if ((statSync(file).mode & 0o077) !== 0) throw new PassphraseError(`${file} can be read by others: chmod 600`);
    passphrase = readFileSync(file, "utf8").trim();
  } catch (cause) {
    if (cause instanceof PassphraseError) throw cause;
    throw new PassphraseError(`${file} can't be read`, { cause });
  }
  if (passphrase === "") throw new PassphraseError(`${file} is empty`);
  return checkedLength(passphrase, `the passphrase in ${file}`);
}

const MOST_OCTETS = 1_024; // OpenSSL's PEM_BUFSIZE: a key sealed with more could never be opened

function checkedLength(passphrase: string, what: string): string {
  if (Buffer.byteLength(passphrase) > MOST_OCTETS) throw new PassphraseError(`${what} has more than ${String(MOST_OCTETS)} octets`);
  return passphrase;
}
