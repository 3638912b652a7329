import { execFile } from "node:child_process";

const LONGEST_RUN_MS = 60_000;
const LONGEST_OUTPUT = 64 * 1024 * 1024; // the text of a long CRL

export interface Ended {
  ok: boolean;
  out: string;
  complaint: string;
}

/**
 * Runs a program that isn't ours and tells how it ended. While it runs, this process goes on: the program may well ask
 * the house that listens here. Throws where it can't be run, or doesn't end.
 */
export function program(name: string, args: readonly string[], input: string | Buffer = ""): Promise<Ended> {
  return new Promise((resolve, reject) => {
    const { http_proxy: _, HTTP_PROXY: __, NODE_OPTIONS: ___, ...around } = process.env; // the house is here, not behind a proxy
    const env = { ...around, LC_ALL: "C.UTF-8", TZ: "UTC" }; // so that everywhere the same is printed
    const child = execFile(name, args, { timeout: LONGEST_RUN_MS, maxBuffer: LONGEST_OUTPUT, env }, (error, out, complaint) => {
      if (error && typeof error.code !== "number") reject(new Error(`${name} ${args.join(" ")}`, { cause: error }));
      else resolve({ ok: !error, out, complaint });
    });
    child.stdin?.on("error", () => undefined); // it may end without having read all
    child.stdin?.end(input);
  });
}

/** What a program prints; throws where it fails. */
export async function printed(name: string, args: readonly string[], input: string | Buffer = ""): Promise<string> {
  const { ok, out, complaint } = await program(name, args, input);
  if (!ok) throw new Error(`${name} ${args.join(" ")}: ${complaint}`);
  return out;
}
