import { setTimeout as pause } from "node:timers/promises";
import { onSqlite } from "./databases.js";
import { OURS, serveOurs, type Ours } from "./ours.js";
import type { Figure } from "./Figure.js";
import { aFullContract } from "./reading/aFullContract.js";
import { bySerial, page, viewer } from "./reading/questions.js";

const CALLERS = 8;
const SAMPLED_EVERY_MS = 1_000;
/** Of what it has: what a heap that is collected now and then moves by. */
const MOST_GROWTH = 0.1;

export interface Soak {
  figure: Figure;
  /** Resident memory in megabytes, second by second. */
  memory: number[];
}

const SECONDS = 300;

/** Full load for five minutes: what a Master does all day, and its memory meanwhile. */
export function soak(): Promise<Soak> {
  return onSqlite(async ({ env, where }) => {
    const ours = await serveOurs(env);
    try {
      const serialNumber = await aFullContract(where, 200);
      const token = await ours.signIn("keir001");
      const end = performance.now() + SECONDS * 1_000;
      const done = { requests: 0 };
      const before = ours.serving.cpu();
      const callers = Array.from({ length: CALLERS }, (_, number) => call(ours, { token, serialNumber, number, end, done }));
      const memory: number[] = [];
      while (performance.now() < end) {
        await pause(SAMPLED_EVERY_MS);
        memory.push(ours.serving.memory());
      }
      await Promise.all(callers);
      const microseconds = (ours.serving.cpu() - before) / done.requests;
      const warm = memory.slice(Math.floor(memory.length / 5)); // its first fifth it warms up
      const growth = trend(warm);
      const each = (growth * (warm[0] ?? NaN) * 2 ** 20) / (done.requests * (warm.length / memory.length));
      const note = `${done.requests.toLocaleString("en")} requests in ${String(SECONDS)} s; after a fifth of them, with ${warm[0]?.toFixed(0) ?? ""} MB, it grew by ${(growth * 100).toFixed(1)} %: ${each.toFixed(0)} octets a request`;
      return { memory, figure: { name: "memory under full load, its trend", contender: OURS, microseconds, ratio: 1 + growth, note, target: { atMost: 1 + MOST_GROWTH } } };
    } finally {
      await ours.serving.stop();
    }
  });
}

interface Caller {
  token: string;
  serialNumber: string;
  number: number;
  end: number;
  done: { requests: number };
}

/** Looks at pages and certificates; every tenth time it has a certificate of its own share of the users reissued. */
async function call({ ask }: Ours, { token, serialNumber, number, end, done }: Caller): Promise<void> {
  const questions = [page, page, bySerial(serialNumber), page, viewer];
  const REISSUE = "mutation ($input: ReissueCertificateInput!) { reissueCertificate(input: $input) { certificate { serialNumber } userErrors { code } } }";
  const one = "query ($text: String!) { users(first: 1, filter: { text: $text }) { nodes { id version } } }";
  for (let turn = 0; performance.now() < end; turn++) {
    const question = questions[turn % questions.length] ?? page;
    await ask(question.query, question.variables, token);
    done.requests++;
    if (turn % 10 !== 0) continue;
    const text = `user${String(number * 25 + 1 + ((turn / 10) % 25)).padStart(4, "0")}`;
    const { users: { nodes: [user] } } = await ask<{ users: { nodes: { id: string; version: number }[] } }>(one, { text }, token);
    if (!user) throw new Error(`no user ${text}`);
    const { reissueCertificate } = await ask<{ reissueCertificate: { userErrors: unknown[] } }>(REISSUE, { input: { userId: user.id, expectedVersion: user.version } }, token);
    if (reissueCertificate.userErrors.length > 0) throw new Error(JSON.stringify(reissueCertificate));
    done.requests += 2;
  }
}

/** By how much of itself it grows from end to end, by the line through all samples (least squares). */
function trend(values: readonly number[]): number {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const middle = (values.length - 1) / 2;
  const slope = values.reduce((sum, value, at) => sum + (at - middle) * (value - mean), 0) / values.reduce((sum, _, at) => sum + (at - middle) ** 2, 0);
  const first = mean - slope * middle;
  return (slope * (values.length - 1)) / first;
}
