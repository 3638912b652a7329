import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { readdirSync, readFileSync } from "node:fs";

/** A server as a process of its own, so that its CPU time is its own. */
export interface Serving {
  url: string;
  pid: number;
  /** CPU time that it took so far, user and system, in microseconds. */
  cpu: () => number;
  /** Memory that it has now, resident, in megabytes. */
  memory: () => number;
  stop: () => Promise<void>;
}

/** Starts it and waits until it says where it is: an address on the loopback. */
export async function serve(script: string, env: NodeJS.ProcessEnv): Promise<Serving> {
  const { DATABASE_URL: _, ...inherited } = process.env;
  const child = spawn(process.execPath, [script], { stdio: ["ignore", "pipe", "pipe"], env: { ...inherited, NODE_ENV: "production", ...env } });
  const url = await said(child, /(http:\/\/127\.0\.0\.1:\d+\/\S*)/);
  child.stdout.resume();
  child.stderr.resume(); // its log goes nowhere, but it is written
  const { pid = 0 } = child;
  return {
    url, pid,
    cpu: () => cpuOf(pid),
    memory: () => Number(/^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${String(pid)}/status`, "utf8"))?.[1]) / 1_024,
    stop: async () => {
      const gone = once(child, "exit");
      child.kill("SIGKILL"); // nothing of it is needed any more
      await gone;
    },
  };
}

/** CPU time of all threads of a process in microseconds (proc(5): schedstat, in nanoseconds). */
export function cpuOf(pid: number): number {
  const threads = readdirSync(`/proc/${String(pid)}/task`);
  return threads.reduce((sum, thread) => sum + Number(readFileSync(`/proc/${String(pid)}/task/${thread}/schedstat`, "utf8").split(" ")[0]), 0) / 1_000;
}

async function said(child: ChildProcess, pattern: RegExp): Promise<string> {
  let text = "";
  const outputs = [child.stdout, child.stderr];
  return new Promise((resolve, reject) => {
    const listen = (chunk: Buffer) => {
      text += chunk.toString();
      const found = pattern.exec(text)?.[1];
      if (found === undefined) return;
      for (const output of outputs) output?.off("data", listen); // all of its log, searched again and again, kept the client busy
      resolve(found);
    };
    for (const output of outputs) output?.on("data", listen);
    child.once("exit", () => { reject(new Error(text)); });
  });
}
