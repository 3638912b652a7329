import { serve, type Serving } from "./serving.js";

export const OURS = "Shomei";

/** As it is started, but for its limits: all of the load comes from one address and in few sessions. */
const UNLIMITED = {
  PORT: "0", SHOMEI_REQUESTS_PER_ADDRESS: "10000000", SHOMEI_REQUESTS_PER_SESSION: "10000000", SHOMEI_SIGN_INS_PER_ID: "10000", SHOMEI_REQUESTS_AT_ONCE: "10000",
};

export interface Ours {
  serving: Serving;
  ask: <T>(query: string, variables: object, token?: string) => Promise<T>;
  /** A token for this ID of the demo bank. */
  signIn: (loginId: string) => Promise<string>;
}

export async function serveOurs(env: Record<string, string>): Promise<Ours> {
  const serving = await serve("dist/src/main.js", { ...UNLIMITED, ...env });
  const ask = async <T>(query: string, variables: object, token?: string): Promise<T> => {
    const headers = { "content-type": "application/json", ...(token === undefined ? {} : { authorization: `Bearer ${token}` }) };
    const response = await fetch(serving.url, { method: "POST", headers, body: JSON.stringify({ query, variables }) });
    const { data, errors } = (await response.json()) as { data: T; errors?: unknown };
    if (errors !== undefined) throw new Error(JSON.stringify(errors));
    return data;
  };
  const signIn = async (loginId: string) => {
    const query = "mutation ($input: SignInInput!) { signIn(input: $input) { sessionToken } }";
    const { signIn: { sessionToken } } = await ask<{ signIn: { sessionToken: string } }>(query, { input: { bankCode: "5120", loginId, password: "Shomei-demo-1" } });
    return sessionToken;
  };
  return { serving, ask, signIn };
}
