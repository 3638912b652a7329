import type { EntityManager } from "typeorm";
import { OperatorError } from "../foundation/OperatorError.js";
import type { Bank } from "../identity/Bank.js";
import type { Authority } from "../pki/hierarchy.js";
import type { Addresses } from "../pki/profiles.js";
import type { KeyKind } from "../pki/Signer.js";
import type { Vault } from "../pki/Vault.js";

/** A CA of the house whose key is at hand. */
export interface IssuerInUse extends Authority {
  id: string;
  bankId: string | null;
  /** As in `/pki/<label>.crl`. */
  label: string;
  addresses: Addresses;
}

export interface IssuersSettings {
  vault: Vault;
  /** Of a bank's CA, when one is made. */
  keyKind: KeyKind;
  /** Where relying parties reach `/pki` and `/ocsp`: absolute, http, without a slash at the end. */
  pkiUrl: string;
}

/** The CAs of the house, each opened once a process. */
export interface Issuers {
  /** Throws MissingKeyError where the key isn't in the vault. */
  open(id: string): Promise<IssuerInUse>;
  /** Makes the bank's CA of this label, and what goes `alongside` it; where there is one already, opens that. */
  make(bank: Bank, label: string, options?: { keyKind?: KeyKind; alongside?: Alongside }): Promise<IssuerInUse>;
  /** From this CA up to the root, DER. */
  chainOf(id: string): Promise<Buffer[]>;
}

/** What is written in the very transaction in which a CA comes to be. */
export type Alongside = (tx: EntityManager, issuer: IssuerInUse) => Promise<void>;

/** A CA is in the database and its key is not in the vault: another machine's vault is missing here. */
export class MissingKeyError extends OperatorError {
  constructor(label: string) {
    super(`the key of CA ${label} is not in the vault: bring its file here; a new one is never made in its place`);
    this.name = "MissingKeyError";
  }
}

/** A bank's CA has its key in the vault and no CA is in the database: the database was lost, or another one is looked at. */
export class MissingRecordError extends OperatorError {
  constructor(label: string) {
    super(`there is a key of CA ${label} and the database knows of no CA: restore the database first; keys alone restore nothing`);
    this.name = "MissingRecordError";
  }
}
