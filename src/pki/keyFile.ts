import { createCipheriv, createPrivateKey, pbkdf2Sync, randomBytes, type KeyObject } from "node:crypto";
import { linkSync, mkdirSync, openSync, readFileSync, rmSync, writeFileSync, fsyncSync, closeSync } from "node:fs";
import { dirname, join } from "node:path";
import { OperatorError } from "../foundation/OperatorError.js";
import { integer, nothing, octetString, oid, sequence } from "./der.js";
import { LEAST_ITERATIONS, isStronglySealed } from "./keyFileStrength.js";
import { fromPem, toPem } from "./pem.js";

const LABEL = "ENCRYPTED PRIVATE KEY";

/** The passphrase doesn't open the file, or the file is no encrypted PKCS#8 key. */
export class KeyFileError extends OperatorError {
  override name = "KeyFileError";

  constructor(readonly file: string, options?: ErrorOptions, complaint = "can't be opened with this passphrase") {
    super(`${file} ${complaint}`, options);
  }
}

/** Whoever steals the file tries passphrases faster than against one of ours. */
export class WeakKeyFileError extends KeyFileError {
  override name = "WeakKeyFileError";

  constructor(file: string) {
    const sealing = `openssl pkcs8 -topk8 -v2 aes-256-cbc -v2prf hmacWithSHA256 -iter ${String(LEAST_ITERATIONS)}`;
    super(file, undefined, `is sealed too weakly; seal it anew: ${sealing} -in ${file} -out <new file>`);
  }
}

/** Where the key of the CA of this name is. */
export function keyFileOf(dir: string, name: string): string {
  return join(dir, `${name}.key.pem`);
}

/**
 * The key in `file`, or undefined where there is no such file. A wrong passphrase throws KeyFileError; a file that is
 * sealed less well than `writeKeyFile` does it, WeakKeyFileError.
 */
export function readKeyFile(file: string, passphrase: string): KeyObject | undefined {
  let pem: string;
  try {
    pem = readFileSync(file, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
  const der = fromPem(pem, [LABEL]);
  // A key in the clear would open with any passphrase.
  if (!der || !pem.includes(LABEL)) throw new KeyFileError(file);
  try {
    if (!isStronglySealed(der)) throw new WeakKeyFileError(file);
    return createPrivateKey({ key: pem, format: "pem", passphrase });
  } catch (cause) {
    throw cause instanceof WeakKeyFileError ? cause : new KeyFileError(file, { cause });
  }
}

/** Writes the key so that only its owner can read it. Never over another: false where the file is there already. */
export function writeKeyFile(file: string, key: KeyObject, passphrase: string): boolean {
  return writeOnce(file, encryptedPkcs8(key, passphrase));
}

/** Puts a whole file in place or none, readable by its owner only; false where one is there already. */
export function writeOnce(file: string, text: string): boolean {
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
  const draft = `${file}.${randomBytes(6).toString("hex")}.new`;
  const handle = openSync(draft, "wx", 0o600);
  try {
    writeFileSync(handle, text);
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
  try {
    linkSync(draft, file); // fails, and changes nothing, where the name is taken
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EEXIST") return false;
    throw error;
  } finally {
    rmSync(draft);
  }
}

/** EncryptedPrivateKeyInfo, PBES2 with PBKDF2-HMAC-SHA256 and AES-256-CBC (RFC 5958 §3, RFC 8018 §6.2, A.2–A.4). */
function encryptedPkcs8(key: KeyObject, passphrase: string): string {
  const salt = randomBytes(16);
  const iv = randomBytes(16);
  const cipher = createCipheriv("aes-256-cbc", pbkdf2Sync(passphrase, salt, LEAST_ITERATIONS, 32, "sha256"), iv);
  const sealed = Buffer.concat([cipher.update(key.export({ type: "pkcs8", format: "der" })), cipher.final()]);

  const hmacSha256 = sequence(oid("1.2.840.113549.2.9"), nothing);
  const derivation = sequence(oid("1.2.840.113549.1.5.12"), sequence(octetString(salt), integer(LEAST_ITERATIONS), hmacSha256));
  const encryption = sequence(oid("2.16.840.1.101.3.4.1.42"), octetString(iv));
  const scheme = sequence(oid("1.2.840.113549.1.5.13"), sequence(derivation, encryption));
  return toPem(LABEL, sequence(scheme, octetString(sealed)));
}
