import type { FastifyInstance } from "fastify";
import { noteCodes } from "./seenCodes.js";

export interface GraphqlError {
  message: string;
  path?: (string | number)[];
  extensions: { code: string; requestId: string; nextStep: string; reason?: string };
}

/** What came back over the door: the HTTP answer and what GraphQL says in it. */
export interface Answer<Data = Record<string, unknown>> {
  status: number;
  headers: Record<string, unknown>;
  data: Data;
  errors: GraphqlError[];
  /** The whole body, for what must not occur anywhere in it. */
  text: string;
}

interface Bearer {
  token: string;
}

/** Sends one operation through the door as whoever bears this token, or as nobody. */
export async function graphql<Data = Record<string, unknown>>(
  door: FastifyInstance,
  by: Bearer | string | null,
  query: string,
  variables: object = {},
  headers: Record<string, string> = {},
): Promise<Answer<Data>> {
  const token = typeof by === "string" ? by : by?.token;
  const response = await door.inject({
    method: "POST",
    url: "/graphql",
    headers: { accept: "application/graphql-response+json", ...(token === undefined ? {} : { authorization: `Bearer ${token}` }), ...headers },
    payload: { query, variables },
  });
  return answerOf(response);
}

/** The answer to a request that was put together by hand. */
export function answerOf<Data>(response: { statusCode: number; headers: object; body: string }): Answer<Data> {
  noteCodes(response.body);
  const { data, errors } = JSON.parse(response.body) as { data: Data; errors?: GraphqlError[] };
  return { status: response.statusCode, headers: { ...response.headers }, data, errors: errors ?? [], text: response.body };
}

/** The codes of an answer's top-level errors. */
export function codes({ errors }: { errors: GraphqlError[] }): string[] {
  return errors.map(({ extensions }) => extensions.code);
}
