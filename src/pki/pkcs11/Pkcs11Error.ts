import { OperatorError } from "../../foundation/OperatorError.js";

/** The token can't be used, or has refused. One line that says what to look at. */
export class Pkcs11Error extends OperatorError {
  override name = "Pkcs11Error";
}

/** The return value of PKCS#11 (v2.40 §5.1) behind an error of the package's, where there is one. */
export function returnValueOf(error: unknown): number | undefined {
  const code = error instanceof Object && "code" in error ? error.code : undefined;
  return typeof code === "number" && code > 0 ? code : undefined;
}

/** `what` didn't work, for this reason: CKR_… where it is the library's. */
export function failure(what: string, cause: unknown): Pkcs11Error {
  if (cause instanceof Pkcs11Error) return cause;
  const reason = cause instanceof Object && "message" in cause ? String(cause.message) : String(cause);
  return new Pkcs11Error(`${what}: ${reason.split("\n", 1)[0] ?? ""}`, { cause });
}
