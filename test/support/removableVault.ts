import type { Signer } from "../../src/pki/Signer.js";
import type { Vault } from "../../src/pki/Vault.js";

/** A vault whose keys sign only while `token.isAway` is false: as a token that is pulled out. */
export function removable(vault: Vault, token: { isAway: boolean }): Vault {
  const guarded = (signer: Signer): Signer =>
    ({ ...signer, sign: (...parts) => (token.isAway ? Promise.reject(new Error("the token is away")) : signer.sign(...parts)) });
  return {
    open: async (name) => {
      const signer = await vault.open(name);
      return signer && guarded(signer);
    },
    make: async (name, kind) => guarded(await vault.make(name, kind)),
  };
}
