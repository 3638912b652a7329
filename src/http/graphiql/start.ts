import { body, part } from "./dom.js";
import { openEditor, type Editor } from "./editor.js";
import { listOperations, unchoose, type Operation } from "./operationList.js";
import { openSession, type Person } from "./session.js";
import { signInBy } from "./signIn.js";

// Runs in the browser: the saved operations by task, GraphiQL beside them, and who is signed in.

const isForOperators = body.dataset.audience === "operators";
let editor: Editor | undefined;

async function changed(who: Person | null, hasEnded: boolean): Promise<void> {
  signIn.show(who, hasEnded);
  if (!isForOperators) return;
  if (who?.kind === "BANK_OPERATOR") await openDesk();
  else closeDesk();
}

async function openDesk(): Promise<void> {
  const response = await session.get("/graphiql/operations.json");
  if (!response.ok) throw new Error("the operations can't be had");
  part("main").hidden = false;
  editor ??= await openEditor(session);
  listOperations((await response.json()) as Operation[], (operation) => editor?.open(operation));
}

/** What was on it is for the bank's operators alone. */
function closeDesk(): void {
  part("main").hidden = true;
  handOver();
  part("nav").replaceChildren();
}

/** The next one doesn't see what the former one wrote and got. */
function handOver(): void {
  unchoose();
  editor?.clear();
}

const session = openSession(changed);
const signIn = signInBy(session, handOver);
if (!isForOperators) await openDesk();
