import { body, find, make, nextFrame, part, type Part } from "./dom.js";
import type { Question, Session } from "./session.js";

declare const React: { createElement(type: unknown, props: object): unknown };
declare const ReactDOM: { createRoot(element: Part): Root; flushSync(render: () => void): void };
declare const GraphiQL: unknown;
interface Root {
  render(node: unknown): void;
}

const SCRIPTS = ["react.js", "react-dom.js", "graphiql.js"]; // each needs the ones before it
const QUERY = ".graphiql-query-editor textarea";
const VARIABLES = ".graphiql-editor-tool textarea";
const labels = { [QUERY]: "問い合わせ（GraphQL）", [VARIABLES]: "変数（JSON）", ".result-window textarea": "応答" };
const noStorage = { length: 0, getItem: () => null, setItem: () => undefined, removeItem: () => undefined, clear: () => undefined };

/** GraphiQL, with one operation in it. */
export interface Editor {
  /** Ready to be sent, whatever was in the editor before; the keyboard is where it is changed, or sent as it is. */
  open(operation: { query: string; variables: string }): void;
  /** Empties it of operation and answer. */
  clear(): void;
  close(): void;
}

export async function openEditor(session: Session): Promise<Editor> {
  for (const script of SCRIPTS) await load(script);
  const root = ReactDOM.createRoot(part("#graphiql"));
  let times = 0;
  let schema: unknown; // asked for once, and not again at each operation

  const render = (query: string, variables: string) => {
    const props = {
      key: ++times, // a new one each time: GraphiQL takes a query only when it begins
      query, variables, schema,
      fetcher: (question: Question) => session.ask(question),
      onSchemaChange: (found: unknown) => { schema = found; },
      storage: noStorage,
      maxHistoryLength: 0, // variables hold passwords
      shouldPersistHeaders: false,
      isHeadersEditorEnabled: false, // nor is a token to be typed in
      defaultEditorToolsVisibility: "variables",
      disableTabs: true,
      forcedTheme: "light",
    };
    // At once: the fields that are looked for next are this one's, and not its predecessor's.
    ReactDOM.flushSync(() => { root.render(React.createElement(GraphiQL, props)); });
    return name(times, () => times);
  };

  leaveByKeyboard(part("#graphiql"));
  await render("", "");
  return {
    open: ({ query, variables }) => {
      void render(query, variables && JSON.stringify(JSON.parse(variables), null, 2)).then((isShown) => {
        if (isShown) find(variables ? VARIABLES : QUERY)?.focus();
      });
    },
    clear: () => void render("", ""),
    close: () => { root.render(null); },
  };
}

function load(script: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const element = make("script");
    element.addEventListener("load", () => { resolve(); });
    element.addEventListener("error", () => { reject(new Error(`${script} can't be loaded`)); });
    element.src = `/graphiql/${script}`;
    body.append(element);
  });
}

/** Gives the editors, which come a moment later, their names for those who don't see them. False where others took their place meanwhile. */
async function name(time: number, newest: () => number): Promise<boolean> {
  const fields = Object.entries(labels);
  while (!fields.every(([selector]) => find(selector))) {
    await nextFrame();
    if (newest() !== time) return false;
  }
  for (const [selector, label] of fields) part(selector).setAttribute("aria-label", label);
  return true;
}

/** In an editor Tab moves on instead of indenting, and Esc goes back to the list: nobody is held there. Proposals keep both keys. */
function leaveByKeyboard(editor: Part): void {
  editor.addEventListener("keydown", (event) => {
    if (!event.target.closest(".CodeMirror textarea") || find(".CodeMirror-hints")) return;
    if (event.key !== "Tab" && event.key !== "Escape") return;
    event.stopPropagation(); // caught on its way down: the editor never hears of it
    if (event.key === "Escape") (find("nav [aria-current]") ?? part("nav summary")).focus();
  }, true);
}
