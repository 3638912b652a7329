import { randomBytes } from "node:crypto";
import { existsSync, readFileSync, readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { OperatorError } from "../foundation/OperatorError.js";
import { keyFileOf, readKeyFile, writeKeyFile, writeOnce } from "./keyFile.js";
import { keySigner, newKey, type KeyKind, type Signer } from "./Signer.js";

/** Where CA keys live, by the name of their CA. A key that is there is never replaced. */
export interface Vault {
  /** The signer of this name, or undefined where there is no such key. */
  open(name: string): Promise<Signer | undefined>;
  /** Makes a key of this name; where one is there already, opens that one, whatever its kind. */
  make(name: string, kind: KeyKind): Promise<Signer>;
}

/** Encrypted PKCS#8 files in `dir`. Throws KeyFileError where the passphrase doesn't open one. */
export function fileVault(dir: string, passphrase: string): Vault {
  const fileOf = (name: string) => keyFileOf(dir, name);
  const read = (name: string) => readKeyFile(fileOf(name), passphrase);
  const opened = (name: string) => {
    const key = read(name);
    return key && keySigner(key);
  };
  return {
    open: (name) => promised(() => opened(name)),
    make: (name, kind) => promised(() => {
      const key = newKey(kind);
      if (writeKeyFile(fileOf(name), key, passphrase)) return keySigner(key);
      const other = opened(name);
      if (!other) throw new Error(`${fileOf(name)} came and went`);
      return other;
    }),
  };
}

/** What it throws is a rejection, as from a vault that is far away. */
function promised<T>(work: () => T): Promise<T> {
  return new Promise((resolve) => { resolve(work()); });
}

/** Several places as one vault: a key is looked for in each, in their order, and made in the first. */
export function firstOf([first, ...others]: [Vault, ...Vault[]]): Vault {
  const open = async (name: string) => {
    for (const vault of [first, ...others]) {
      const signer = await vault.open(name);
      if (signer) return signer;
    }
    return undefined;
  };
  return { open, make: async (name, kind) => (await open(name)) ?? first.make(name, kind) };
}

/** The passphrase, or its file, can't be used. */
export class PassphraseError extends OperatorError {
  override name = "PassphraseError";
}

/**
 * The passphrase: given, or the content of `file`, which only its owner may read; or, where neither is given, of the
 * vault's own file, made at the first start.
 */
export function passphraseFor(dir: string, given: { passphrase: string | undefined; file: string | undefined }): string {
  if (given.passphrase) return checkedLength(given.passphrase, "the passphrase");
  const file = given.file ?? join(dir, "passphrase");
  if (given.file === undefined && !existsSync(file) && hasKeys(dir)) {
    throw new PassphraseError(`there are sealed keys in ${dir} and no passphrase: put it into ${file}, or set SHOMEI_CA_PASSPHRASE_FILE`);
  }
  if (given.file === undefined) writeOnce(file, `${randomBytes(32).toString("base64url")}\n`);

  return checkedLength(secretIn(file, "the passphrase"), `the passphrase in ${file}`);
}

function hasKeys(dir: string): boolean {
  return existsSync(dir) && readdirSync(dir).some((name) => name.endsWith(".key.pem"));
}

/** The only line of a file that nobody but its owner may read. */
export function secretIn(file: string, what: string): string {
  let secret: string;
  try {
    if ((statSync(file).mode & 0o077) !== 0) throw new PassphraseError(`${file} can be read by others: chmod 600`);
    secret = readFileSync(file, "utf8").trim();
  } catch (cause) {
    if (cause instanceof PassphraseError) throw cause;
    throw new PassphraseError(`${file} can't be read`, { cause });
  }
  if (secret === "") throw new PassphraseError(`${file} is empty: ${what} is expected in it`);
  return secret;
}

const MOST_OCTETS = 1_024; // OpenSSL's PEM_BUFSIZE: a key sealed with more could never be opened

function checkedLength(passphrase: string, what: string): string {
  if (Buffer.byteLength(passphrase) > MOST_OCTETS) throw new PassphraseError(`${what} has more than ${String(MOST_OCTETS)} octets`);
  return passphrase;
}
