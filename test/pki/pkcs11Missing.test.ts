import { pkcs11Vault } from "../../src/pki/pkcs11Vault.js";
import { Pkcs11Error } from "../../src/pki/pkcs11/Pkcs11Error.js";

const SETTINGS = { module: "/nowhere/libnothing.so", token: "Shomei", pin: "1234" };
const INSTALL = "PKCS#11 needs the package pkcs11js, compiled: npm rebuild --ignore-scripts=false pkcs11js";

describe("a vault in a token", () => {
  it.each([
    ["isn't compiled", "Cannot find module './build/Release/pkcs11.node'", "MODULE_NOT_FOUND"],
    ["isn't installed", "Cannot find package 'pkcs11js'", "ERR_MODULE_NOT_FOUND"],
    ["is compiled for another machine", "invalid ELF header", "ERR_DLOPEN_FAILED"],
  ])("says how to get its package where that %s", async (_what, message, code) => {
    const cause = Object.assign(new Error(message), { code });
    const opening = pkcs11Vault(SETTINGS, () => Promise.reject(cause));
    await expect(opening).rejects.toThrow(Pkcs11Error);
    await expect(opening).rejects.toMatchObject({ name: "Pkcs11Error", message: INSTALL, cause });
  });

  it("says in one line what it lacks, be it the package or the library", async () => {
    const opening = pkcs11Vault(SETTINGS);
    await expect(opening).rejects.toThrow(Pkcs11Error);
    await expect(opening).rejects.toThrow(new RegExp(`^(${INSTALL.replaceAll(/[#.]/g, "\\$&")}|there is no PKCS#11 library at /nowhere/libnothing.so)$`));
  });
});
