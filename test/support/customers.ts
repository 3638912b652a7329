import { readFileSync } from "node:fs";
import { request, type Agent } from "node:https";
import { answerOf, type Answer } from "./graphql.js";
import { PASSWORD } from "./House.js";
import type { Held } from "./ListeningHouse.js";
import { printed } from "./program.js";

/** What a customer's program sends, and with which certificate. */
export interface Sent {
  query: string;
  variables?: object;
  token?: string | undefined;
  with?: Held | undefined;
  /** Names and values by turns, exactly so. */
  headers?: string[];
}

export interface Door {
  base: string;
  /** What its own certificate is verified with. */
  serverCertificate: string;
}

export type Customer = <Data = Record<string, unknown>>(door: Door, sent: Sent, agent?: Agent) => Promise<Answer<Data>>;

/** Node's own client: HTTP/1.1. Without an agent, on a connection of its own. */
export const byNode: Customer = (door, { query, variables = {}, token, with: held, headers = [] }, agent) => {
  const url = new URL("/graphql", door.base);
  const body = JSON.stringify({ query, variables });
  return new Promise((resolve, reject) => {
    const outgoing = request(url, {
      method: "POST",
      agent: agent ?? false,
      timeout: 20_000,
      ca: readFileSync(door.serverCertificate),
      ...(held ? { cert: readFileSync(held.certificate), key: readFileSync(held.key) } : {}),
      headers: [
        "Host", url.host, "Content-Type", "application/json", "Content-Length", String(Buffer.byteLength(body)),
        ...(token ? ["Authorization", `Bearer ${token}`] : []), ...headers,
      ],
    }, (response) => {
      const chunks: Buffer[] = [];
      response.on("data", (chunk: Buffer) => chunks.push(chunk));
      response.on("error", reject);
      response.on("end", () => {
        const answer = { statusCode: response.statusCode ?? 0, headers: response.headers, body: Buffer.concat(chunks).toString() };
        try {
          resolve(answerOf(answer));
        } catch (error) {
          reject(new Error(`no JSON: ${JSON.stringify(answer)}`, { cause: error }));
        }
      });
    });
    outgoing.on("timeout", () => outgoing.destroy(new Error("no answer")));
    outgoing.on("error", reject);
    outgoing.end(body);
  });
};

/** curl: HTTP/2 where the proxy offers it. */
export const byCurl: Customer = async (door, { query, variables = {}, token, with: held, headers = [] }) => {
  const lines = headers.flatMap((name, index) => (index % 2 === 0 ? ["--header", `${name}: ${headers[index + 1] ?? ""}`] : []));
  const separator = "\n-- and of the answer itself --\n";
  const out = await printed("curl", [
    "--silent", "--show-error", "--max-time", "20", "--cacert", door.serverCertificate,
    ...(held ? ["--cert", held.certificate, "--key", held.key] : []),
    "--header", "Content-Type: application/json", ...(token ? ["--header", `Authorization: Bearer ${token}`] : []), ...lines,
    "--data-binary", "@-", "--write-out", `${separator}%{http_code}${separator}%{header_json}`, `${door.base}/graphql`,
  ], JSON.stringify({ query, variables }));
  const [body = "", status = "", json = "{}"] = out.split(separator);
  const fields = Object.entries(JSON.parse(json) as Record<string, string[]>);
  return answerOf({ statusCode: Number(status), headers: Object.fromEntries(fields.map(([name, values]) => [name, values.join(", ")])), body });
};

const SIGN_IN = `mutation ($input: SignInInput!) { signIn(input: $input) {
  sessionToken viewer { mayOnlyEnroll user { loginId certificate { status } } } userErrors { code message nextStep }
} }`;

export const WHO_AM_I = "{ viewer { mayOnlyEnroll user { loginId } } }";

export interface SignInPayload {
  sessionToken: string | null;
  viewer: { mayOnlyEnroll: boolean; user: { loginId: string } } | null;
  userErrors: { code: string; message: string; nextStep: string | null }[];
}

export const signInAs = (loginId: string) => ({ query: SIGN_IN, variables: { input: { bankCode: "5120", loginId, password: PASSWORD } } });

/** What a sign-in with the right password answers. */
export async function signInOf(door: Door, loginId: string, sent: Omit<Sent, "query" | "variables"> = {}, by: Customer = byNode): Promise<SignInPayload> {
  const { data, text } = await by<Partial<Record<"signIn", SignInPayload>> | null | undefined>(door, { ...sent, ...signInAs(loginId) });
  if (!data?.signIn) throw new Error(text);
  return data.signIn;
}
