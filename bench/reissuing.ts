import { onEngines, printed, type BenchOptions } from "./onEngines.js";

/** A reissue, history and idempotency included, against a hand-written transaction: as a use case, and over HTTP. */
export const reissuing = (options: BenchOptions) => onEngines("reissuingServer.js", options);

if (import.meta.main) await printed(reissuing);
