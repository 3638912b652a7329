import { appendFileSync, existsSync, mkdirSync, readdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/**
 * What is kept outside the database, so that a database which lost something can't hide it: the history's checkpoints,
 * each appended to its chain's file, and the number of each CA's newest CRL. A folder on another disk keeps it best.
 */
export interface Safekeeping {
  readonly folder: string;
  appendCheckpoint(chainId: string, note: string): void;
  /** Everything that was appended for a chain, as it stands in its file; empty where nothing was. */
  checkpoints(chainId: string): string;
  /** The chains that something was appended for. */
  chains(): string[];
  /** Keeps the number, unless a higher one is kept. */
  keepCrlNumber(issuer: string, number: number): void;
  crlNumbers(): ReadonlyMap<string, number>;
  /** The public key of the checkpoints, PEM; undefined where none is kept. */
  key(): string | undefined;
  writeKey(pem: string): void;
  /** For whoever accepts that something is lost: what was kept goes on under another name. */
  setAside(suffix: string): void;
}

const CHECKPOINTS = ".checkpoints";
const CRL_NUMBER = ".crl-number";
export const KEY = "history-key.pem";

export function openSafekeeping(folder: string): Safekeeping {
  const at = (name: string) => join(folder, name);
  const toWrite = (name: string) => {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    return at(name);
  };
  const read = (name: string) => (existsSync(at(name)) ? readFileSync(at(name), "utf8") : "");
  const named = (suffix: string) => (existsSync(folder) ? readdirSync(folder) : []).filter((name) => name.endsWith(suffix)).map((name) => name.slice(0, -suffix.length));
  const numberOf = (issuer: string) => Number(read(issuer + CRL_NUMBER).trim() || 0);

  return {
    folder,
    appendCheckpoint: (chainId, note) => {
      const before = read(chainId + CHECKPOINTS);
      const isTorn = before !== "" && !before.endsWith("\n\n"); // a crash in the middle of the last one
      appendFileSync(toWrite(chainId + CHECKPOINTS), `${isTorn ? "\n\n" : ""}${note}\n`, { mode: 0o600 });
    },
    checkpoints: (chainId) => read(chainId + CHECKPOINTS),
    chains: () => named(CHECKPOINTS),
    keepCrlNumber: (issuer, number) => {
      if (number <= numberOf(issuer)) return;
      const written = toWrite(`${issuer}.${String(process.pid)}.new`);
      writeFileSync(written, `${String(number)}\n`, { mode: 0o600 });
      renameSync(written, at(issuer + CRL_NUMBER)); // whole, or as it was
    },
    crlNumbers: () => new Map(named(CRL_NUMBER).map((issuer) => [issuer, numberOf(issuer)])),
    key: () => (existsSync(at(KEY)) ? read(KEY) : undefined),
    writeKey: (pem) => { writeFileSync(toWrite(KEY), pem, { mode: 0o644 }); },
    setAside: (suffix) => {
      for (const name of readdirSync(folder)) {
        if (name.endsWith(CHECKPOINTS) || name.endsWith(CRL_NUMBER)) renameSync(at(name), at(`${name}.${suffix}`));
      }
    },
  };
}
