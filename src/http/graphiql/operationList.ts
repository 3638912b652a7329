import { find, make, part, type Part } from "./dom.js";

export interface Operation {
  name: string;
  task: string;
  title: string;
  explanation: string;
  query: string;
  variables: string;
}

/** Lists the operations by task; whichever is chosen is explained above the editor and given to `choose`. */
export function listOperations(operations: readonly Operation[], choose: (operation: Operation) => void): void {
  const tasks = Map.groupBy(operations, ({ task }) => task);
  part("nav").replaceChildren(make("h2", "操作"), ...[...tasks].map(([task, ofTask]) => {
    const group = make("details", "", { name: "task" }); // of one name: one is open at a time, and Tab passes the others
    const list = make("ul");
    list.append(...ofTask.map((operation) => entry(operation, choose)));
    group.append(make("summary", task), list);
    return group;
  }));
  explain(null);
}

/** Nothing is chosen any more. */
export function unchoose(): void {
  find("nav [aria-current]")?.removeAttribute("aria-current");
  explain(null);
}

function entry(operation: Operation, choose: (operation: Operation) => void): Part {
  const button = make("button", operation.title, { type: "button", title: operation.name });
  button.addEventListener("click", () => {
    find("nav [aria-current]")?.removeAttribute("aria-current");
    button.setAttribute("aria-current", "true");
    explain(operation);
    choose(operation);
  });
  const item = make("li");
  item.append(button);
  return item;
}

function explain(operation: Operation | null): void {
  const { title, explanation } = operation ?? { title: "GraphiQL", explanation: "左の一覧から操作を選ぶと、説明が表示され、エディタで送信できる状態になります。" };
  part("#explanation").replaceChildren(make("h2", title), ...explanation.split("\n").map((line) => make("p", line)));
}
