import { createPublicKey, randomBytes, type KeyObject } from "node:crypto";
import type { Handle, KeyPair, Template } from "pkcs11js";
import { oid } from "../der.js";
import type { KeyKind } from "../Signer.js";
import { ecPublicKey, rsaPublicKey } from "./encoding.js";
import { Pkcs11Error } from "./Pkcs11Error.js";
import type { Session } from "./Token.js";

/** A key in the token: which it is in this session, and what is public of it. */
export interface TokenKey {
  privateKey: Handle;
  publicKey: KeyObject;
}

/** The key whose CKA_LABEL is `name`. Throws Pkcs11Error where there are several, or its public key isn't with it. */
export function findKey(session: Session, name: string): TokenKey | undefined {
  const { cryptoki } = session;
  const [privateKey, another] = find(session, cryptoki.CKO_PRIVATE_KEY, name);
  if (another) throw new Pkcs11Error(`the token has several private keys "${name}"`);
  if (!privateKey) return undefined;

  const [id] = attributes(session, privateKey, cryptoki.CKA_ID);
  const [publicKey, surplus] = find(session, cryptoki.CKO_PUBLIC_KEY, name, id);
  if (!publicKey || surplus) throw new Pkcs11Error(`the token must have one public key with CKA_LABEL and CKA_ID of the private key "${name}"`);
  return { privateKey, publicKey: publicKeyOf(session, publicKey) };
}

/**
 * Makes a key that can sign and never leaves the token; false where there is one of this name, or another maker is at it.
 *
 * PKCS#11 has no unique labels. So the key is made under a draft's name, and gets its own only if, looking again, there
 * is neither another draft nor a finished key: of two makers at least one sees the other's draft, and clears its own
 * away. Drafts are looked for first, for a draft may be finished between the two looks. What bears a CA's name is never
 * destroyed.
 */
export async function makeKey(session: Session, name: string, kind: KeyKind): Promise<boolean> {
  const { cryptoki, library, handle } = session;
  const draft = draftName(name);
  const pair = await generate(session, draft, kind);
  const rename = (key: Handle) => { library.C_SetAttributeValue(handle, key, [{ type: cryptoki.CKA_LABEL, value: name }]); };
  let isAlone = false;
  try {
    const [, anotherDraft] = find(session, cryptoki.CKO_PRIVATE_KEY, draft);
    const [finished] = find(session, cryptoki.CKO_PRIVATE_KEY, name);
    if (anotherDraft || finished) return false;
    rename(pair.publicKey); // first: a token that allows no renaming refuses here, while the draft can still go
    isAlone = true;
  } finally {
    if (!isAlone) destroy(session, pair);
  }
  rename(pair.privateKey);
  return true;
}

/** What a key is called until it is finished. One that stays was left by a maker that was stopped. */
export const draftName = (name: string) => `${name} (draft)`;

function generate({ cryptoki: c, library, handle }: Session, label: string, kind: KeyKind): Promise<KeyPair> {
  const common: Template = [
    { type: c.CKA_TOKEN, value: true },
    { type: c.CKA_LABEL, value: label },
    { type: c.CKA_ID, value: randomBytes(16) },
  ];
  const isPublic: Template = [...common, { type: c.CKA_PRIVATE, value: false }, { type: c.CKA_VERIFY, value: true }];
  const isPrivate: Template = [
    ...common,
    { type: c.CKA_PRIVATE, value: true },
    { type: c.CKA_SENSITIVE, value: true },
    { type: c.CKA_EXTRACTABLE, value: false },
    { type: c.CKA_SIGN, value: true },
    ...[c.CKA_SIGN_RECOVER, c.CKA_DECRYPT, c.CKA_UNWRAP, c.CKA_DERIVE].map((type) => ({ type, value: false })),
  ];
  const [mechanism, size] = ((): [number, Template] => {
    switch (kind) {
      case "P-256": return [c.CKM_EC_KEY_PAIR_GEN, [{ type: c.CKA_EC_PARAMS, value: oid("1.2.840.10045.3.1.7") }]];
      case "P-384": return [c.CKM_EC_KEY_PAIR_GEN, [{ type: c.CKA_EC_PARAMS, value: oid("1.3.132.0.34") }]];
      case "RSA-3072": return [c.CKM_RSA_PKCS_KEY_PAIR_GEN, [
        { type: c.CKA_MODULUS_BITS, value: 3072 },
        { type: c.CKA_PUBLIC_EXPONENT, value: Buffer.of(1, 0, 1) },
      ]];
    }
  })();
  return library.C_GenerateKeyPairAsync(handle, { mechanism }, [...isPublic, ...size], isPrivate);
}

function destroy({ library, handle }: Session, { privateKey, publicKey }: KeyPair): void {
  library.C_DestroyObject(handle, privateKey);
  library.C_DestroyObject(handle, publicKey);
}

function publicKeyOf(session: Session, key: Handle): KeyObject {
  const { cryptoki: c } = session;
  const [type] = attributes(session, key, c.CKA_KEY_TYPE);
  const isRsa = type.readUInt8() === c.CKK_RSA; // a CK_ULONG, little-endian on every machine of ours
  const [first, second] = attributes(session, key, ...(isRsa ? [c.CKA_MODULUS, c.CKA_PUBLIC_EXPONENT] as const : [c.CKA_EC_PARAMS, c.CKA_EC_POINT] as const));
  return createPublicKey({ key: isRsa ? rsaPublicKey(first, second) : ecPublicKey(first, second), format: "der", type: "spki" });
}

function find({ cryptoki, library, handle }: Session, kind: number, label: string, id?: Buffer): Handle[] {
  const template: Template = [
    { type: cryptoki.CKA_CLASS, value: kind },
    { type: cryptoki.CKA_TOKEN, value: true },
    { type: cryptoki.CKA_LABEL, value: label },
  ];
  library.C_FindObjectsInit(handle, id ? [...template, { type: cryptoki.CKA_ID, value: id }] : template);
  try {
    return library.C_FindObjects(handle, 2); // whether there is another is all that matters
  } finally {
    library.C_FindObjectsFinal(handle);
  }
}

function attributes<T extends number[]>({ library, handle }: Session, object: Handle, ...types: T): { [index in keyof T]: Buffer } {
  return library.C_GetAttributeValue(handle, object, types.map((type) => ({ type }))).map(({ value }) => value) as { [index in keyof T]: Buffer };
}
