import { spawnSync } from "node:child_process";

/** Runs the OpenSSL command line, which isn't our code, and tells how it ended. */
export function openssl(args: string[], input: string | Buffer = ""): { ok: boolean; out: string; complaint: string } {
  const { status, stdout, stderr, error } = spawnSync("openssl", args, { input, encoding: "utf8" });
  if (error) throw error;
  return { ok: status === 0, out: stdout, complaint: stderr };
}

/** What OpenSSL prints; throws where it fails. */
export function opensslPrints(args: string[], input: string | Buffer = ""): string {
  const { ok, out, complaint } = openssl(args, input);
  if (!ok) throw new Error(`openssl ${args.join(" ")}: ${complaint}`);
  return out;
}
