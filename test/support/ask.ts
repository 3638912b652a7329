import { request as requestPlain, type Agent as PlainAgent } from "node:http";
import { request as requestSecure, type Agent as SecureAgent } from "node:https";

export interface Told {
  status: number;
  headers: Record<string, unknown>;
  text: string;
}

export interface Asking {
  query: string;
  variables?: object;
  token?: string | undefined;
  /** Without one, on a connection of its own. */
  agent?: PlainAgent | SecureAgent;
  /** From which of the machine's own addresses. */
  localAddress?: string;
}

/** One GraphQL request to a server or proxy; rejects where the connection broke. */
export function ask(base: string, { query, variables = {}, token, agent, localAddress }: Asking): Promise<Told> {
  const url = new URL("/graphql", base);
  const body = JSON.stringify({ query, variables });
  const headers = { "content-type": "application/json", "content-length": Buffer.byteLength(body), ...(token ? { authorization: `Bearer ${token}` } : {}) };
  return new Promise((resolve, reject) => {
    const options = { method: "POST", headers, agent: agent ?? false, timeout: 30_000, ...(localAddress ? { localAddress } : {}) };
    const sent = (url.protocol === "https:" ? requestSecure : requestPlain)(url, options, (response) => {
      let text = "";
      response.setEncoding("utf8").on("data", (chunk: string) => (text += chunk)).on("error", reject).on("end", () => {
        resolve({ status: response.statusCode ?? 0, headers: response.headers, text });
      });
    });
    sent.on("timeout", () => sent.destroy(new Error("no answer")));
    sent.on("error", reject).end(body);
  });
}

/** One field of the data; throws where the answer isn't one without errors. */
// eslint-disable-next-line @typescript-eslint/no-unnecessary-type-parameters -- the caller knows what it asked for
export function fieldOf<T>({ status, text }: Told, field: string): T {
  if (status !== 200) throw new Error(`${String(status)} ${text}`);
  const { data, errors } = JSON.parse(text) as { data?: Record<string, T>; errors?: unknown };
  if (errors || !data) throw new Error(text);
  return data[field] as T;
}
