import { existsSync } from "node:fs";
import type * as pkcs11js from "pkcs11js";
import { Pkcs11Error, failure, returnValueOf } from "./Pkcs11Error.js";

/** The package, which brings the names and the way into a library. */
export type Cryptoki = typeof pkcs11js;

const ALREADY_INITIALIZED = 0x191;

/** Loads the optional package. It is compiled only where somebody asks for it: npm installs it without its scripts. */
export async function loadPackage(): Promise<Cryptoki> {
  return (await import("pkcs11js")).default;
}

/** The package, or a Pkcs11Error that says how to get it. */
export async function cryptokiFrom(load: () => Promise<Cryptoki>): Promise<Cryptoki> {
  try {
    return await load();
  } catch (cause) {
    throw new Pkcs11Error("PKCS#11 needs the package pkcs11js, compiled: npm rebuild --ignore-scripts=false pkcs11js", { cause });
  }
}

/** The library at this path, ready for use by several threads: signatures are made on the thread pool. */
export function openLibrary(cryptoki: Cryptoki, path: string): pkcs11js.PKCS11 {
  if (!existsSync(path)) throw new Pkcs11Error(`there is no PKCS#11 library at ${path}`);
  const library = new cryptoki.PKCS11();
  try {
    library.load(path);
  } catch (cause) {
    throw failure(`${path} isn't a PKCS#11 library that can be loaded`, cause);
  }
  try {
    library.C_Initialize({ flags: cryptoki.CKF_OS_LOCKING_OK });
  } catch (cause) {
    // Once a process is enough (v2.40 §5.4), and ending it would end it for all: nobody calls C_Finalize.
    if (returnValueOf(cause) !== ALREADY_INITIALIZED) throw failure(path, cause);
  }
  return library;
}

/** The slot of the only token with this label. Labels are padded with blanks (v2.40 §3.2, CK_TOKEN_INFO). */
export function slotOf(library: pkcs11js.PKCS11, label: string): pkcs11js.Handle {
  const [slot, another] = library.C_GetSlotList(true).filter((each) => library.C_GetTokenInfo(each).label.trimEnd() === label);
  if (!slot) throw new Pkcs11Error(`there is no token "${label}"`);
  if (another) throw new Pkcs11Error(`there are several tokens "${label}"`);
  return slot;
}
