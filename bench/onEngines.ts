import { fork } from "node:child_process";
import { join } from "node:path";
import { findMariaDb, ThrowawayMariaDb } from "../test/support/ThrowawayMariaDb.js";
import type { Figure } from "./Figure.js";

export interface BenchOptions {
  quick: boolean;
}

/** Runs a server's part in a process of its own: on SQLite, then on a MariaDB of its own where there is one. */
export async function onEngines(part: string, options: BenchOptions): Promise<Figure[]> {
  const figures = (await inProcess(part, options)).map((figure): Figure => ({ ...figure, engine: "SQLite" }));
  const binary = findMariaDb();
  if (!binary) return figures;
  const server = await ThrowawayMariaDb.start(binary);
  try {
    const others = await inProcess(part, options, server.url);
    return [...figures, ...others.map((figure): Figure => ({ ...figure, engine: "MariaDB" }))];
  } finally {
    await server.stop();
  }
}

/** Starts the part, which sends its figures and ends. */
export async function inProcess(part: string, { quick }: BenchOptions, url?: string): Promise<Figure[]> {
  const { DATABASE_URL: _, ...env } = process.env;
  const child = fork(join(import.meta.dirname, part), quick ? ["--quick"] : [], { env: { ...env, NODE_ENV: "production", ...(url ? { DATABASE_URL: url } : {}) } });
  let figures: Figure[] | undefined;
  child.on("message", (message) => { figures = message as Figure[]; });
  const code = await new Promise((resolve) => child.once("exit", resolve));
  if (!figures || code !== 0) throw new Error(`${part} ended with ${String(code)}`);
  return figures;
}

/** For a bench that is started by itself. */
export async function printed(bench: (options: BenchOptions) => Promise<Figure[]>): Promise<void> {
  for (const { name, engine, contender, microseconds, perSecond, ratio, target, note } of await bench({ quick: process.argv.includes("--quick") })) {
    const facts = [`${microseconds.toFixed(1)} µs`, perSecond === undefined ? "" : `${String(perSecond)}/s`, ratio === undefined ? "" : `${ratio.toFixed(2)} ×`, target ? JSON.stringify(target) : "", note ?? ""];
    console.log([name, engine ?? "", contender, ...facts].filter(Boolean).join(" | "));
  }
}
