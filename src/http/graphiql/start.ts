// Runs in the browser: GraphiQL with the saved operations as tabs. The session's token stays in a variable of this page:
// it is never shown, neither in an answer nor in a header tab, an address or the history, and goes when the page is closed.

interface Opened {
  sessionToken?: string | null;
}
interface Answer {
  data?: { signIn?: Opened | null; signInOperator?: Opened | null; signOut?: object | null } | null;
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
  const opened = answer.data?.signIn ?? answer.data?.signInOperator;
  if (opened && !opened.sessionToken) sessionToken = undefined; // refused: nobody goes on as whoever was signed in before
  if (opened?.sessionToken) {
    sessionToken = opened.sessionToken;
    opened.sessionToken = "このページで保持しています";
  }
  if (answer.data?.signOut) sessionToken = undefined;
  return answer;
}

const saved = (await (await fetch("/graphiql/operations.json")).json()) as { query: string; variables: string }[];
const operations = saved.map(({ query, variables }) => ({ query, variables: variables && JSON.stringify(JSON.parse(variables), null, 2) }));
const noStorage = { length: 0, getItem: () => null, setItem: () => undefined, removeItem: () => undefined, clear: () => undefined };

ReactDOM.createRoot(document.getElementById("graphiql")).render(
  React.createElement(GraphiQL, {
    fetcher: send,
    defaultTabs: operations,
    variables: operations[0]?.variables, // the first tab takes its variables from here
    defaultEditorToolsVisibility: "variables",
    storage: noStorage,
    shouldPersistHeaders: false,
  }),
);
