import { pino, type Logger } from "pino";

const SECRETS = ["password", "sessionToken", "enrollmentCode", "csr", "authorization"];
const NESTED_SECRETS = ["*.password", "*.authorization"];
const CENSOR = "[secret]";
/** Octets that are written at once, unless a tenth of a second is over: each write has another thread woken. */
const MANY_LINES = 16_000;

/** Structured logs on standard error. Of a request only what is named here: no body, no header, no query string. */
export function openLog(level: string): Logger {
  return pino(
    {
      level,
      redact: { paths: [...SECRETS, ...NESTED_SECRETS], censor: CENSOR },
      serializers: {
        req: ({ method, url, ip, id }: { method: string; url: string; ip: string; id: string }) => ({ id, method, path: url.split("?")[0], ip }),
        res: ({ statusCode }: { statusCode: number }) => ({ status: statusCode }),
        err: (error: unknown) => describe(error),
      },
    },
    pino.destination({ dest: 2, sync: false, minLength: MANY_LINES, periodicFlush: 100 }),
  );
}

/** For a line a request, whose parts are serialized as above: what else is nested isn't searched for secrets, which takes longer than the line. */
export function forRequests<L extends { child(bindings: object, options: object): L }>(log: L): L {
  return log.child({}, { redact: { paths: SECRETS, censor: CENSOR } });
}

/** An error and its causes; of a failed statement its text, never the values in it. */
function describe(error: unknown): object {
  if (!(error instanceof Error)) return { message: String(error) };
  const { name, message, stack, cause } = error;
  const statement = (error as { query?: unknown }).query;
  return {
    type: name,
    message,
    stack,
    ...(typeof statement === "string" ? { statement } : {}),
    ...(cause === undefined ? {} : { cause: describe(cause) }),
    ...(error instanceof AggregateError ? { errors: error.errors.map(describe) } : {}),
  };
}
