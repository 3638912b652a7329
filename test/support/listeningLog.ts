import { pino, type Logger } from "pino";
import { openLog } from "../../src/foundation/log.js";

/** The log that the server opens, with its own serializers and secrets, but written down here instead of to standard error. */
export function listeningLog(level = "info"): { log: Logger; lines: string[] } {
  const lines: string[] = [];
  const log = openLog(level);
  const written = { write: (line: string) => void lines.push(line) };
  Object.assign(log, { [pino.symbols.streamSym]: written }); // children inherit it
  return { log, lines };
}
