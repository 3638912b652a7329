import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import type { Desk } from "../foundation/desk.js";
import { OperatorError } from "../foundation/OperatorError.js";
import { authority } from "../pki/hierarchy.js";
import { keyFileOf, readKeyFile, writeOnce } from "../pki/keyFile.js";
import { toPem } from "../pki/pem.js";
import { keySigner } from "../pki/Signer.js";
import { Issuer } from "./Issuer.js";

/** What can't be backed up as asked; its message is for whoever asked. */
export class BackupError extends OperatorError {
  override name = "BackupError";
}

export interface Backup {
  /** CAs whose certificate and key are in the folder. */
  whole: string[];
  /** CAs whose certificate alone is: the key is in a token, which doesn't give it away, or on another machine. */
  withoutKey: string[];
}

/**
 * Copies every CA's certificate and sealed key into `folder`, which must be empty or new. Each key is opened and held
 * against its certificate first, each copy read back; SHA256SUMS says what was written. Keys stay sealed with their
 * passphrase, which is not among it.
 */
export async function backUpIssuers(desk: Desk, { dir, passphrase }: { dir: string; passphrase: string }, folder: string): Promise<Backup> {
  if (existsSync(folder) && readdirSync(folder).length > 0) throw new BackupError(`${folder} is not empty`);
  mkdirSync(folder, { recursive: true, mode: 0o700 });

  const backup: Backup = { whole: [], withoutKey: [] };
  const sums: string[] = [];
  const put = (name: string, content: string) => {
    const file = join(folder, name);
    if (!writeOnce(file, content) || readFileSync(file, "utf8") !== content) throw new BackupError(`${file} can't be written`);
    sums.push(`${createHash("sha256").update(content).digest("hex")}  ${name}\n`);
  };

  for (const { name, certificate } of await desk.db.reads.find(Issuer, { order: { name: "ASC" } })) {
    put(`${name}.cer.pem`, toPem("CERTIFICATE", certificate));
    const file = keyFileOf(dir, name);
    const key = readKeyFile(file, passphrase);
    if (key) {
      authority(certificate, keySigner(key)); // throws where they are not a pair
      put(`${name}.key.pem`, readFileSync(file, "utf8"));
    }
    (key ? backup.whole : backup.withoutKey).push(name);
  }
  writeOnce(join(folder, "SHA256SUMS"), sums.join(""));
  return backup;
}
