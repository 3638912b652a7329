import autocannon from "autocannon";
import { inTurn, type Contender } from "./rounds.js";
import type { Serving } from "./serving.js";

export interface Question {
  name: string;
  query: string;
  variables: object;
}

export interface Load {
  rounds: number;
  /** Rounds before these, until what is hot is compiled. */
  warmUps: number;
  /** Requests a round. */
  amount: number;
  connections: number;
}

/** What one request costs each of the servers: CPU microseconds, the median of rounds in which they take turns. */
export async function costs(servers: ReadonlyMap<string, Serving>, question: Question, token: string, load: Load): Promise<Map<string, number>> {
  const contenders = Object.fromEntries([...servers].map(([name, server]): [string, Contender] => [name, async (count) => {
    const before = server.cpu();
    await ask(server.url, question, token, { ...load, amount: count });
    return server.cpu() - before;
  }]));
  return new Map(Object.entries(await inTurn(contenders, { rounds: load.rounds, warmUps: load.warmUps, count: load.amount })));
}

async function ask(url: string, { query, variables }: Question, token: string, { amount, connections }: Load): Promise<void> {
  const { non2xx, errors, timeouts } = await autocannon({
    url, amount, connections, method: "POST",
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
