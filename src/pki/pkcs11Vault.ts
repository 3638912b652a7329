import { createHash, randomInt } from "node:crypto";
import { setTimeout } from "node:timers/promises";
import type { Handle } from "pkcs11js";
import { ecdsaSignature, sha256DigestInfo } from "./pkcs11/encoding.js";
import { draftName, findKey, makeKey, type TokenKey } from "./pkcs11/keys.js";
import { cryptokiFrom, loadPackage, type Cryptoki } from "./pkcs11/library.js";
import { oneAtATime } from "./pkcs11/oneAtATime.js";
import { Pkcs11Error } from "./pkcs11/Pkcs11Error.js";
import { Token, type Session, type TokenSettings } from "./pkcs11/Token.js";
import { algorithmOf, hashOf, type Signer } from "./Signer.js";
import type { Vault } from "./Vault.js";

const MOST_TRIES = 20;
const MOST_WAIT_MS = 500;
const MOST_SIGNATURE_OCTETS = 2_048; // RSA of 16,384 bits

/**
 * Keys in a token (PKCS#11 v2.40): each is labelled (CKA_LABEL) with the name of its CA, is made in the token and never
 * leaves it. `load` brings the optional package. Throws Pkcs11Error, of one line, for whatever the token lacks or refuses.
 */
export async function pkcs11Vault(settings: TokenSettings, load: () => Promise<Cryptoki> = loadPackage): Promise<Vault & { close(): void }> {
  const cryptoki = await cryptokiFrom(load);
  const token = await oneAtATime(settings.token, () => new Token(cryptoki, settings));

  const open = async (name: string) => {
    const key = await token.use(`key "${name}"`, (session) => findKey(session, name));
    return key && tokenSigner(token, name, key);
  };
  return {
    open,
    make: async (name, kind) => (await open(name)) ?? oneAtATime(settings.token, async () => {
      for (let tries = 0; tries < MOST_TRIES; tries++) {
        const signer = await open(name);
        if (signer) return signer;
        const isMade = await token.use(`making key "${name}"`, (session) => makeKey(session, name, kind));
        if (!isMade) await setTimeout(randomInt(MOST_WAIT_MS)); // of two that cleared away their drafts one comes back first
      }
      throw new Pkcs11Error(`key "${name}" isn't made: another maker is at it, or was stopped and left "${draftName(name)}" in the token; delete that`);
    }),
    close: () => { token.close(); },
  };
}

/** Hashes here, so that a list of revoked certificates of any size costs the token no more than one certificate. */
function tokenSigner(token: Token, name: string, { publicKey }: TokenKey): Signer {
  const algorithm = algorithmOf(publicKey);
  const spki = publicKey.export({ type: "spki", format: "der" });
  const isRsa = algorithm === "RSA_SHA256";
  let found: { session: Session; privateKey: Handle } | undefined;

  const privateKeyIn = (session: Session) => {
    if (found?.session !== session) {
      const key = findKey(session, name);
      if (!key?.publicKey.equals(publicKey)) throw new Pkcs11Error(`key "${name}" isn't the token's any more`);
      found = { session, privateKey: key.privateKey };
    }
    return found.privateKey;
  };

  return {
    algorithm,
    publicKey: spki,
    sign: (...parts) => {
      const hash = createHash(hashOf[algorithm]);
      for (const part of parts) hash.update(part);
      const input = isRsa ? sha256DigestInfo(hash.digest()) : hash.digest();
      // The token signs on another thread, and nothing of the package's keeps `input` from being collected: this closure does.
      return token.use(`signing with key "${name}"`, async (session) => {
        const { cryptoki, library, handle } = session;
        library.C_SignInit(handle, { mechanism: isRsa ? cryptoki.CKM_RSA_PKCS : cryptoki.CKM_ECDSA }, privateKeyIn(session));
        const signature = await library.C_SignAsync(handle, input, Buffer.alloc(MOST_SIGNATURE_OCTETS));
        return isRsa ? signature : ecdsaSignature(signature);
      });
    },
  };
}
