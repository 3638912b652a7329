// Runs in the browser: GraphiQL with the saved operations as tabs. The session's token stays in this variable: it is
// never shown in a header tab, an address or the history, and is gone when the page is closed.

interface Answer {
  data?: { signIn?: { sessionToken?: string | null } | null; signOut?: object | null } | null;
}
declare const React: { createElement(type: unknown, props: object): unknown };
declare const ReactDOM: { createRoot(element: unknown): { render(node: unknown): void } };
declare const GraphiQL: unknown;
declare const document: { getElementById(id: string): unknown };

let sessionToken: string | undefined;

async function send(parameters: object, options?: { headers?: Record<string, string> }): Promise<Answer> {
  const response = await fetch("/graphql", {
    method: "POST",
    headers: {
      "content-type": "application/json",
      ...(sessionToken === undefined ? {} : { authorization: `Bearer ${sessionToken}` }),
      ...options?.headers,
    },
    body: JSON.stringify(parameters),
  });
  const answer = (await response.json()) as Answer;
  if (answer.data?.signIn?.sessionToken) sessionToken = answer.data.signIn.sessionToken;
  if (answer.data?.signOut) sessionToken = undefined;
  return answer;
}

const operations = (await (await fetch("/graphiql/operations.json")).json()) as { query: string; variables: string }[];
const noStorage = { length: 0, getItem: () => null, setItem: () => undefined, removeItem: () => undefined, clear: () => undefined };

ReactDOM.createRoot(document.getElementById("graphiql")).render(
  React.createElement(GraphiQL, { fetcher: send, defaultTabs: operations, storage: noStorage, shouldPersistHeaders: false }),
);
