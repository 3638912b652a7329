import type { RefusalCode, TypedDocumentString } from "./client/graphql.ts";

/** A top-level error: nobody is signed in, the request is malformed or asks for too much, or there was a fault. */
export class ShomeiError extends Error {
  readonly code: string;
  readonly requestId: string; // what to tell the bank on the telephone

  constructor({ message, extensions }: TopLevelError) {
    super(message);
    this.code = extensions.code;
    this.requestId = extensions.requestId;
  }
}

/** A refusal by rule: the code is for the program, message and next step are for the person at the screen. */
export class Refused extends Error {
  readonly code: RefusalCode;
  readonly nextStep: string | null;

  constructor({ code, message, nextStep }: UserError) {
    super(message);
    this.code = code;
    this.nextStep = nextStep ?? null;
  }
}

interface TopLevelError { message: string; extensions: { code: string; requestId: string } }
interface UserError { code: RefusalCode; message: string; nextStep?: string | null }

/** Sends one operation of the generated client. Without a session only a sign-in gets anywhere. */
export async function ask<Result, Variables>(
  session: string | null,
  document: TypedDocumentString<Result, Variables>,
  ...[variables]: Variables extends Record<string, never> ? [] : [NoInfer<Variables>]
): Promise<Result> {
  const response = await fetch(`${process.env.BASE ?? "http://127.0.0.1:4000"}/graphql`, {
    method: "POST",
    headers: {
      "content-type": "application/json",
      "accept-language": "en",
      "apollographql-client-name": "partner-example",
      ...(session ? { authorization: `Bearer ${session}` } : {}),
    },
    body: JSON.stringify({ query: document.toString(), variables }),
  });
  const { data, errors } = (await response.json()) as { data?: Result | null; errors?: TopLevelError[] };
  if (errors?.[0]) throw new ShomeiError(errors[0]);
  if (!data) throw new Error(`no answer of Shomei's: HTTP ${String(response.status)}`);
  return data;
}

/** The payload of a mutation that was done; throws Refused where it wasn't. */
export function done<Payload extends { userErrors: UserError[] }>(payload: Payload | null): Payload {
  if (!payload) throw new Error("an answer without its payload");
  if (payload.userErrors[0]) throw new Refused(payload.userErrors[0]);
  return payload;
}
