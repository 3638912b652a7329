import "reflect-metadata";
import { createReadStream, existsSync, readFileSync } from "node:fs";
import { createPublicKey } from "node:crypto";
import { createInterface } from "node:readline";
import { parseArgs } from "node:util";
import { join } from "node:path";
import { readConfig, type Config } from "../foundation/config.js";
import type { Reads } from "../foundation/database/Database.js";
import { OperatorError } from "../foundation/OperatorError.js";
import { KEY, openSafekeeping } from "../foundation/safekeeping.js";
import { bankCodeOf, newestCheckpoint } from "../history/checkpoints.js";
import { notesIn, notesOnlyIn, readCheckpoint, UnreadableNotes } from "../history/checkpointNote.js";
import { chainExport } from "../history/exportHistory.js";
import { NO_BANKS_CHAIN } from "../history/Seal.js";
import { UnreadableExport, verifyExport } from "../history/verifyExport.js";
import { chainsIn, verifyChain, type ChainVerdict } from "../history/verifyHistory.js";
import { withReads } from "./command.js";

// `npm run -s verify-history`: whether the history is whole. Exit status 0: whole, 1: broken, 2: it can't be read.

const USAGE = `npm run -s verify-history -- [--bank <code>] [--from <n>] [--until <n>] [--checkpoints <file>] [--key <file>]
                              the database: every bank, or one, or a range of it
npm run -s verify-history -- --file <export> --key <file> [--checkpoints <file>]
                              an export (usage-history.jsonl), without a database
npm run -s verify-history -- --export <bank code> [--from <n>] [--until <n>]
                              writes one bank's chain as such an export; it verifies nothing

--checkpoints  checkpoints that you kept; without it, for the database, those in its safekeeping folder
--key          the history's public key, PEM; without it, for the database, the one in its safekeeping folder

Exit status: 0 whole, 1 broken, 2 it can't be read.
`;

const say = (text: string) => process.stdout.write(`${text}\n`);

interface Options {
  bank?: string | undefined;
  from?: number | undefined;
  until?: number | undefined;
  checkpoints?: string | undefined;
  key?: string | undefined;
  file?: string | undefined;
  export?: string | undefined;
}

async function main(): Promise<number> {
  const text = { type: "string" } as const;
  const { values } = parseArgs({ options: { bank: text, from: text, until: text, checkpoints: text, key: text, file: text, export: text, help: { type: "boolean", short: "h" } } });
  if (values.help === true) {
    process.stdout.write(USAGE);
    return 0;
  }
  if (values.from !== undefined && values.until !== undefined && Number(values.until) < Number(values.from)) throw new OperatorError("--until is before --from");
  const options: Options = { ...values, from: numberIn(values.from, "--from"), until: numberIn(values.until, "--until") };
  if (options.file !== undefined) return verifyFile(options.file, options);
  const config = readConfig(process.env);
  return withReads(config, (reads) => (options.export === undefined ? verifyDatabase(reads, config, options) : writeExport(reads, options.export, options)));
}

async function verifyFile(file: string, { key, checkpoints }: Options): Promise<number> {
  if (key === undefined) throw new OperatorError("--file needs --key: the history's public key, as you were told it");
  const lines = createInterface({ input: createReadStream(existing(file)), crlfDelay: Infinity });
  const { bank, kind, verified, wrong } = await verifyExport(lines, publicKeyIn(key), checkpoints === undefined ? "" : checkpointsIn(checkpoints));
  if (wrong === null) say(`whole: ${String(verified)} entries of bank ${bank} (${kind === "CHAIN" ? "a chain" : "a contract's own, with proofs"})`);
  else say(`BROKEN: bank ${bank}: ${wrong}; ${String(verified)} entries before it are whole`);
  return wrong === null ? 0 : 1;
}

async function verifyDatabase(reads: Reads, config: Config, options: Options): Promise<number> {
  const safekeeping = openSafekeeping(config.safekeepingDir);
  const key = publicKeyIn(options.key ?? join(config.safekeepingDir, KEY));
  const given = options.checkpoints === undefined ? undefined : checkpointsIn(options.checkpoints);
  const chains = options.bank === undefined ? await everyChain(reads, given ?? safekeeping.chains().map((chain) => safekeeping.checkpoints(chain)).join("\n")) : [await chainOf(reads, options.bank)];
  let isBroken = false;
  for (const chainId of chains) {
    const verdict = await verifyChain(reads, chainId, key, { from: options.from, until: options.until, kept: given ?? safekeeping.checkpoints(chainId), now: new Date() });
    isBroken ||= verdict.wrong !== null;
    say(sentence(await bankCodeOf(reads, chainId), verdict));
  }
  if (chains.length === 0) say("whole: there is no entry yet");
  return isBroken ? 1 : 0;
}

/** Those that there is anything of, in the database or in what was kept: a chain that is gone altogether was cut. */
async function everyChain(reads: Reads, kept: string): Promise<string[]> {
  const known = notesIn(kept).flatMap((note) => readCheckpoint(note)?.chainId ?? []);
  return [...new Set([...(await chainsIn(reads)), ...known])].sort();
}

function sentence(bank: string, { verified, size, checkpoints, keptCheckpoints, wrong }: ChainVerdict): string {
  const of = bank === "house" ? "the entries of no bank" : `bank ${bank}`;
  if (wrong === null) return `whole: ${of}: ${String(verified)} of ${String(size)} entries, ${String(checkpoints)} checkpoints agree, ${String(keptCheckpoints)} of them kept outside`;
  return `BROKEN: ${of}: ${wrong.why}${wrong.recordId === null ? "" : ` (${wrong.recordId})`} [${wrong.fault}]; ${String(verified)} entries before it are whole`;
}

async function writeExport(reads: Reads, bank: string, { from, until }: Options): Promise<number> {
  const newest = await newestCheckpoint(reads, await chainOf(reads, bank), until);
  if (until !== undefined && newest && newest.size !== until) process.stderr.write(`the export ends at ${String(newest.size)}, with the newest checkpoint up to ${String(until)}\n`);
  for await (const line of chainExport(reads, await chainOf(reads, bank), { from: from ?? 1, until })) {
    if (!process.stdout.write(line)) await new Promise((resolve) => process.stdout.once("drain", resolve));
  }
  return 0;
}

async function chainOf(reads: Reads, code: string): Promise<string> {
  if (code === "house") return NO_BANKS_CHAIN;
  const [bank]: { id: string }[] = await reads.query("SELECT b.id FROM banks b WHERE b.code = ?", [code]);
  if (!bank) throw new OperatorError(`there is no bank ${code}`);
  return bank.id;
}

function publicKeyIn(file: string): Buffer {
  try {
    return createPublicKey(read(file)).export({ type: "spki", format: "der" });
  } catch (cause) {
    if (cause instanceof OperatorError) throw cause;
    throw new OperatorError(`${file} holds no public key in PEM`, { cause });
  }
}

function read(file: string): string {
  return readFileSync(existing(file), "utf8");
}

function checkpointsIn(file: string): string {
  try {
    return notesOnlyIn(read(file)).join("\n");
  } catch (error) {
    if (error instanceof UnreadableNotes) throw new OperatorError(`${file} holds something else than checkpoints, or none`, { cause: error });
    throw error;
  }
}

function existing(file: string): string {
  if (!existsSync(file)) throw new OperatorError(`${file} isn't there`);
  return file;
}

function numberIn(text: string | undefined, option: string): number | undefined {
  if (text === undefined) return undefined;
  if (!/^[1-9]\d{0,8}$/.test(text)) throw new OperatorError(`${option} is a number from 1`);
  return Number(text);
}

try {
  process.exitCode = await main();
} catch (error) {
  const isTheirs = [OperatorError, UnreadableExport, RangeError].some((kind) => error instanceof kind);
  const { message = String(error), stack, code } = error as { message?: string; stack?: string; code?: unknown };
  const isUsage = typeof code === "string" && code.startsWith("ERR_PARSE_ARGS");
  process.stderr.write(`${isTheirs || isUsage ? message.trimEnd() : (stack ?? message)}\n`);
  process.exitCode = 2;
}
