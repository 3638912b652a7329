import { WHO } from "./documents.js";

export interface UserError {
  code: string;
  message: string;
  nextStep?: string | null;
}
export interface Question {
  query: string;
  variables?: object;
}
export interface Answer {
  data?: Record<string, unknown> | null;
  errors?: { message: string; extensions?: { code?: string; nextStep?: string } }[];
}

/** Who is signed in. Instants as the server writes them. */
export interface Person {
  kind: "MASTER" | "PUBLIC" | "BANK_OPERATOR";
  loginId: string;
  name: string;
  /** The contract's name; for the bank's staff, the bank's. */
  of: string;
  previousSignInAt: string | null;
  mayOnlyEnroll: boolean;
  mustChangePasswords: boolean;
}

export interface Session {
  /** Sends an operation as whoever is signed in. A token in the answer is kept here and masked there. */
  ask(question: Question): Promise<Answer>;
  /** Fetches what only whoever is signed in may have. */
  get(path: string): Promise<Response>;
}

const TOKEN = /^(desk_)?[A-Za-z0-9_-]{43}$/;
const MASK = "このページで保持しています";

/**
 * The page's session. Its token is in a variable of this function and nowhere else: in no element, address, storage or
 * history, and it goes when the page does. `changed` is told who is signed in from now on, and whether the session ended by itself.
 */
export function openSession(changed: (who: Person | null, hasEnded: boolean) => Promise<void>): Session {
  let token: string | undefined;

  const send = (path: string, headers: Record<string, string>, rest: RequestInit = {}) =>
    fetch(path, { ...rest, headers: { ...headers, ...(token === undefined ? {} : { authorization: `Bearer ${token}` }) } });

  const ask = async (question: Question): Promise<Answer> => {
    const sentBy = token;
    const response = await send("/graphql", { "content-type": "application/json" }, { method: "POST", body: JSON.stringify(question) });
    const answer = (await response.json()) as Answer;
    const wasBefore = token;
    const { signIn, signInOperator, signOut } = answer.data ?? {};
    if (signIn ?? signInOperator ?? signOut) token = undefined; // a refused sign-in, too: nobody goes on as whoever was there before
    // Only an answer to whoever selects it has one: what else looks like a token is somebody's text.
    if (question.query.includes("sessionToken")) token = tokenTaken(answer) ?? token;
    const hasEnded = sentBy !== undefined && sentBy === token && isNobodys(answer);
    if (hasEnded) token = undefined;
    if (token !== wasBefore) await changed(token === undefined ? null : personIn(await ask({ query: WHO })), hasEnded);
    return answer;
  };
  return { ask, get: (path) => send(path, {}) };
}

/** Takes the token out of a sign-in's payload, whatever alias it came under. */
function tokenTaken({ data }: Answer): string | undefined {
  for (const payload of Object.values(data ?? {})) {
    for (const [field, value] of Object.entries(payload ?? {})) {
      if (typeof value !== "string" || !TOKEN.test(value)) continue;
      (payload as Record<string, unknown>)[field] = MASK;
      return value;
    }
  }
  return undefined;
}

function isNobodys({ errors = [] }: Answer): boolean {
  return errors.some(({ extensions }) => extensions?.code === "UNAUTHENTICATED");
}

interface Viewers {
  viewer?: {
    previousSignInAt: string | null;
    mayOnlyEnroll: boolean;
    passwordsDue: string | null;
    user: { loginId: string; displayName: string; kind: "MASTER" | "PUBLIC" };
    contract: { name: string };
  } | null;
  bankViewer?: { previousSignInAt: string | null; operator: { loginId: string; displayName: string }; bankName: string } | null;
}

function personIn({ data }: Answer): Person | null {
  const { viewer, bankViewer } = (data ?? {}) as Viewers;
  if (viewer) {
    const { user: { loginId, displayName: name, kind }, contract, previousSignInAt, mayOnlyEnroll, passwordsDue } = viewer;
    return { kind, loginId, name, of: contract.name, previousSignInAt, mayOnlyEnroll, mustChangePasswords: passwordsDue !== null };
  }
  if (!bankViewer) return null;
  const { operator: { loginId, displayName: name }, bankName: of, previousSignInAt } = bankViewer;
  return { kind: "BANK_OPERATOR", loginId, name, of, previousSignInAt, mayOnlyEnroll: false, mustChangePasswords: false };
}
