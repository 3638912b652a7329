import { inProcess, onEngines, printed, type BenchOptions } from "./onEngines.js";
import type { Figure } from "./Figure.js";

/** OCSP from request to answer with the database looked at, and over HTTP beside openssl and cfssl; CRLs of up to a million. */
export async function validating(options: BenchOptions): Promise<Figure[]> {
  const ocsp = await onEngines("ocspServer.js", options);
  return options.quick ? ocsp : [...ocsp, ...(await inProcess("ocspPeers.js", options)), ...(await inProcess("crlMaker.js", options))];
}

if (import.meta.main) await printed(validating);
