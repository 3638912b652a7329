import { inProcess, onEngines, printed, type BenchOptions } from "./onEngines.js";
import type { Figure } from "./Figure.js";

/** An enrollment, signing included: as a use case on each database; and what issuing alone costs, beside cfssl and openssl. */
export async function enrolling(options: BenchOptions): Promise<Figure[]> {
  const enrollment = await onEngines("enrollingServer.js", options);
  return options.quick ? enrollment : [...enrollment, ...(await inProcess("issuingServer.js", options))];
}

if (import.meta.main) await printed(enrolling);
