import { execFile } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { ApolloClient, CombinedGraphQLErrors, gql, HttpLink, InMemoryCache } from "@apollo/client";
import { Client as UrqlClient, CombinedError, fetchExchange } from "@urql/core";
import { ClientError, GraphQLClient } from "graphql-request";
import {
  ReissueCertificateDocument, SignInDocument, UsersDocument, ViewerDocument, type TypedDocumentString,
} from "../../schema/client/graphql.js";
import { RunningServer } from "../support/RunningServer.js";

const PREFLIGHT = { "apollo-require-preflight": "true" };

const folder = mkdtempSync(join(tmpdir(), "shomei-clients-"));
let server: RunningServer;
let methods: Set<string>;

beforeAll(async () => { server = await RunningServer.start({ DATA_DIR: folder, SHOMEI_DEMO: "1" }); });
beforeEach(() => { methods = new Set(); });
afterAll(async () => {
  await server.stop();
  rmSync(folder, { recursive: true, force: true });
});

interface Client {
  /** An answer's data; throws as the client does where there are top-level errors. */
  ask(document: string, variables: object, token?: string): Promise<unknown>;
  /** The code of what it threw, from where this client puts it. */
  codeOf(error: unknown): unknown;
}

const url = () => `${server.base}/graphql`;
const bearer = (token?: string) => (token ? { authorization: `Bearer ${token}` } : {});
const isMutation = (document: string) => document.trimStart().startsWith("mutation ");

const recordingFetch: typeof fetch = (input, init) => {
  methods.add(init?.method ?? "GET");
  return fetch(input, init);
};

/** It sends a content type with a GET, too, which is as good as the preflight header. */
function apollo(useGETForQueries: boolean): Client {
  const link = new HttpLink({ uri: url(), fetch: recordingFetch, useGETForQueries });
  const client = new ApolloClient({ link, cache: new InMemoryCache() });
  return {
    ask: async (document, variables, token) => {
      const context = { headers: bearer(token) };
      const { data } = isMutation(document)
        ? await client.mutate({ mutation: gql(document), variables, context })
        : await client.query({ query: gql(document), variables, context, fetchPolicy: "network-only" });
      return data;
    },
    codeOf: (error) => (CombinedGraphQLErrors.is(error) ? error.errors[0]?.extensions?.code : error),
  };
}

/** Unless it is told otherwise it sends queries by GET where they fit into the address. */
function urql(settings: { preferGetMethod?: false; headers?: object } = { headers: PREFLIGHT }): Client {
  return {
    ask: async (document, variables, token) => {
      const { headers, ...method } = settings;
      const fetchOptions = { headers: { ...headers, ...bearer(token) } };
      const client = new UrqlClient({ url: url(), fetch: recordingFetch, fetchOptions, exchanges: [fetchExchange], ...method });
      const { data, error } = await (isMutation(document) ? client.mutation<unknown>(document, variables) : client.query<unknown>(document, variables)).toPromise();
      if (error) throw error;
      return data;
    },
    codeOf: (error) => (error instanceof CombinedError ? error.graphQLErrors[0]?.extensions.code : error),
  };
}

function graphqlRequest(): Client {
  const client = new GraphQLClient(url(), { fetch: recordingFetch });
  return {
    ask: (document, variables, token) => client.request(document, variables, bearer(token)),
    codeOf: (error) => (error instanceof ClientError ? error.response.errors?.[0]?.extensions.code : error),
  };
}

/** Mutations go by POST in any case. */
function curl(method: "GET" | "POST"): Client {
  return {
    ask: async (document, variables, token) => {
      const isByGet = method === "GET" && !isMutation(document);
      methods.add(isByGet ? "GET" : "POST");
      const parameters = isByGet
        ? ["--get", "-H", "apollo-require-preflight: true", "--data-urlencode", `query=${document}`, "--data-urlencode", `variables=${JSON.stringify(variables)}`]
        : ["-H", "content-type: application/json", "--data-binary", JSON.stringify({ query: document, variables })];
      const { stdout } = await promisify(execFile)("curl", ["-sS", "--compressed", ...(token ? ["-H", `authorization: Bearer ${token}`] : []), ...parameters, url()]);
      const answer = JSON.parse(stdout) as { data?: unknown; errors?: unknown };
      if (answer.errors) throw Object.assign(new Error("top-level errors"), answer);
      return answer.data;
    },
    codeOf: (error) => (error as { errors?: { extensions: { code: string } }[] }).errors?.[0]?.extensions.code,
  };
}

/** An operation of the generated client: its text is what every client takes, its types are known here. */
const ask = async <Data, Variables extends object>(
  client: Client, document: TypedDocumentString<Data, Variables>, variables: NoInfer<Variables>, token?: string,
): Promise<Data> => (await client.ask(String(document), variables, token)) as Data;

describe.each([
  ["@apollo/client", () => apollo(false), ["POST"]],
  ["@apollo/client, queries by GET", () => apollo(true), ["GET", "POST"]],
  ["@urql/core, queries by GET as it comes", () => urql(), ["GET", "POST"]],
  ["@urql/core, preferGetMethod off", () => urql({ preferGetMethod: false }), ["POST"]],
  ["graphql-request", graphqlRequest, ["POST"]],
  ["curl", () => curl("POST"), ["POST"]],
  ["curl, queries by GET", () => curl("GET"), ["GET", "POST"]],
])("%s", (_name, clientOf, uses) => {
  it("signs in, pages through the users, reissues, and tells a refusal from an error", async () => {
    const client = clientOf();
    const { signIn } = await ask(client, SignInDocument, { input: { bankCode: "5120", loginId: "keir001", password: "Shomei-demo-1" } });
    const token = signIn?.sessionToken ?? "";

    const page = async (after: string | null) => (await ask(client, UsersDocument, { first: 2, after }, token)).users;
    const first = await page(null);
    const second = await page(first.pageInfo.endCursor);
    expect([first, second].map(({ pageInfo: { hasNextPage } }) => hasNextPage)).toEqual([true, false]);
    const users = [...first.nodes, ...second.nodes];
    expect(users.map(({ loginId }) => loginId)).toEqual(["keir001", "keir002", "keir003"]);

    const reissue = async (loginId: string) => {
      const { id: userId, version: expectedVersion } = users.find((one) => one.loginId === loginId) ?? { id: "", version: 0 };
      return (await ask(client, ReissueCertificateDocument, { input: { userId, expectedVersion, reason: "DEVICE_BROKEN" } }, token)).reissueCertificate;
    };
    expect(await reissue("keir002")).toMatchObject({ message: expect.stringContaining("keir002") as string, userErrors: [] });
    expect(await reissue("keir001")).toMatchObject({ message: null, enrollmentCode: null, userErrors: [{ code: "OWN_CERTIFICATE" }] });

    const error: unknown = await ask(client, UsersDocument, {}).catch((thrown: unknown) => thrown);
    expect(client.codeOf(error)).toBe("UNAUTHENTICATED");
    expect([...methods].sort()).toEqual(uses);
  });
});

it("a GET without the preflight header is refused, in words that name it", async () => {
  const { status, body } = await fetch(`${url()}?query={viewer{signedInAt}}`).then(async (answer) => ({ status: answer.status, body: await answer.text() }));
  expect({ status, body: JSON.parse(body) as unknown }).toMatchObject({ status: 400, body: { errors: [{ extensions: { code: "BAD_REQUEST" } }] } });
  expect(body).toContain("apollo-require-preflight");
});

it("@urql/core without the preflight header is told so as any client is", async () => {
  const client = urql({});
  const error: unknown = await ask(client, ViewerDocument, {}).catch((thrown: unknown) => thrown);
  expect(client.codeOf(error)).toBe("BAD_REQUEST");
  expect(String(error)).toContain("apollo-require-preflight");
});

it("a mutation by GET is refused, with the preflight header, too", async () => {
  const answer = await fetch(`${url()}?query=mutation{signOut{userErrors{code}}}`, { headers: PREFLIGHT });
  expect([answer.status, answer.headers.get("allow")]).toEqual([405, "POST"]);
});
