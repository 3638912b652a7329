import autocannon from "autocannon";
import { inTurn, type Contender, type Measured } from "./rounds.js";
import type { Serving } from "./serving.js";

export interface Question {
  name: string;
  query: string;
  variables: object;
}

export interface Load {
  rounds: number;
  /** How long one of them is: who is slower gets fewer requests. */
  seconds: number;
  /** Requests before them, until V8 has compiled what is hot. */
  warmUp: number;
  connections: number;
}

/** What one request costs each of the servers in CPU, in rounds in which they take turns. */
export async function costs(servers: ReadonlyMap<string, Serving>, question: Question, token: string, load: Load): Promise<Measured<string>> {
  const warmed = [...servers].map(async ([name, server]): Promise<[string, Contender]> => [name, await warmedUp(server, question, token, load)]);
  const contenders = Object.fromEntries(await Promise.all(warmed));
  return inTurn(contenders, { rounds: load.rounds, warmUps: 1, count: 1 });
}

/** A round of this one says what a single request took. */
async function warmedUp(server: Serving, question: Question, token: string, { seconds, warmUp, connections }: Load): Promise<Contender> {
  let amount = warmUp;
  const round = async () => {
    const [begun, before] = [performance.now(), server.cpu()];
    await ask(server.url, question, token, { amount, connections });
    const each = (server.cpu() - before) / amount;
    amount = Math.ceil((amount * seconds * 1_000) / (performance.now() - begun));
    return each;
  };
  await round();
  return round;
}

async function ask(url: string, { query, variables }: Question, token: string, { amount, connections }: { amount: number; connections: number }): Promise<void> {
  const { non2xx, errors, timeouts } = await autocannon({
    url, amount, connections, method: "POST", sampleInt: 10, // it ends at a sample, idle until then
    headers: { "content-type": "application/json", "authorization": `Bearer ${token}` },
    body: JSON.stringify({ query, variables }),
  });
  if (non2xx + errors + timeouts > 0) throw new Error(`${url}: ${String(non2xx)} refused, ${String(errors)} broken, ${String(timeouts)} too late`);
}

/** The answer's data: what the contenders send must be the same. */
export async function dataOf({ url }: Serving, { query, variables }: Question, token: string): Promise<unknown> {
  const response = await fetch(url, {
    method: "POST",
    headers: { "content-type": "application/json", "authorization": `Bearer ${token}` },
    body: JSON.stringify({ query, variables }),
  });
  const { data, errors } = (await response.json()) as { data?: unknown; errors?: unknown };
  if (errors !== undefined) throw new Error(JSON.stringify(errors));
  return data;
}
