import { readFileSync, readdirSync } from "node:fs";

/** What the saved operations are for, in the manual's words. */
export const tasks = ["ログイン", "利用者（IDメンテナンス）", "電子証明書", "利用履歴と警告", "契約先と取引停止", "カレンダー", "金庫窓口", "開発者向け"] as const;

/** A use case as a document, with what its comment says of it. */
export interface SavedOperation {
  name: string;
  task: (typeof tasks)[number];
  /** Its name in a list. */
  title: string;
  /** What it does and who may, in Japanese, a sentence or more a line. */
  explanation: string;
  /** Without the comment. */
  query: string;
  /** An example, JSON; empty where it takes none. */
  variables: string;
}

/** `schema/operations/*.graphql`, in the order of their names. Beside the sources and beside the build alike. Throws for a task that isn't listed. */
export function savedOperations(): SavedOperation[] {
  const folder = new URL("../../../schema/operations/", import.meta.url); // from dist/src/http/
  return readdirSync(folder)
    .filter((file) => file.endsWith(".graphql"))
    .sort()
    .map((file) => read(file.replace(/\.graphql$/, ""), readFileSync(new URL(file, folder), "utf8")));
}

/** The comment: `task: …`, `title: what it does`, more lines, `variables: …`. */
function read(name: string, text: string): SavedOperation {
  const comment = /^(?:#.*\n)*/.exec(text)?.[0] ?? "";
  const lines = comment.split("\n").map((line) => line.replace(/^# ?/, ""));
  const valueOf = (label: string) => lines.find((line) => line.startsWith(`${label}: `))?.slice(label.length + 2) ?? "";
  const task = tasks.find((known) => known === valueOf("task"));
  if (task === undefined) throw new Error(`schema/operations/${name}.graphql: its task is none of ${tasks.join(", ")}`);

  const words = lines.filter((line) => line && !/^(task|variables): /.test(line)).join("\n");
  const [, title = "", explanation = ""] = /^(.*?): ([^]*)$/.exec(words) ?? [];
  return { name, task, title, explanation, query: text.slice(comment.length), variables: valueOf("variables") };
}
