import autocannon from "autocannon";
import { median } from "./median.js";
import type { Serving } from "./serving.js";

export interface Question {
  name: string;
  query: string;
  variables: object;
}

export interface Load {
  rounds: number;
  /** Requests a round. */
  amount: number;
  connections: number;
}

/** What one request costs each of the servers: CPU microseconds, the median of rounds in which they take turns. */
export async function costs(servers: ReadonlyMap<string, Serving>, question: Question, token: string, load: Load): Promise<Map<string, number>> {
  const measured = new Map<string, number[]>([...servers.keys()].map((name) => [name, []]));
  for (let round = 0; round <= load.rounds; round++) {
    for (const [name, server] of servers) {
      const before = server.cpu();
      await ask(server.url, question, token, load);
      if (round > 0) measured.get(name)?.push((server.cpu() - before) / load.amount); // the first warms up
    }
  }
  return new Map([...measured].map(([name, each]) => [name, median(each)]));
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
