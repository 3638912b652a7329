import fastify from "fastify";
import { encodeCursor } from "../../src/foundation/database/cursor.js";
import { openAnswers, userOf, viewerOf } from "./answers.js";
import { openDriver, type Row } from "./database.js";

// The limit: no GraphQL at all. One route, one joined statement for a page with just the columns that are sent.
const token = process.env.BENCH_TOKEN ?? "";
const ask = openDriver();
const answers = await openAnswers(ask, token);

const PAGE = `SELECT u.id, u.version, u.login_id, u.display_name, u.kind, u.authority, u.last_sign_in_at,
    CASE WHEN u.suspended_at IS NOT NULL THEN 'SUSPENDED' WHEN (p.locked_at IS NOT NULL OR p.tries >= b.tries_allowed) THEN 'LOCKED' ELSE 'ACTIVE' END AS status,
    c.id AS certificate_id, c.serial_number, c.state, c.enrollment_deadline, c.kept_until, c.not_before, c.not_after, c.fingerprint
  FROM users u JOIN banks b ON b.id = u.bank_id LEFT JOIN passwords p ON p.user_id = u.id AND p.kind = 'LOGIN'
    LEFT JOIN certificates c ON c.user_id = u.id AND c.is_current = 1
  WHERE u.contract_id = ? AND u.bank_id = ? AND u.deregistered_at IS NULL ORDER BY u.login_id, u.id LIMIT ?`;

type Answer = (variables: Row, session: Row) => Promise<unknown>;

const byOperation: Record<string, Answer> = {
  Page: async ({ first }, { contract_id, bank_id }) => {
    const rows = await ask(PAGE, [contract_id, bank_id, Number(first) + 1]);
    const shown = rows.slice(0, Number(first));
    const last = shown.at(-1);
    const endCursor = last ? encodeCursor({ key: String(last.login_id), id: String(last.id) }) : null;
    return { users: { nodes: shown.map(listed), pageInfo: { hasNextPage: rows.length > Number(first), endCursor } } };
  },
  One: async ({ serialNumber }) => {
    const found = await answers.bySerial(String(serialNumber));
    if (!found) return { certificate: null };
    const { userId, ...certificate } = found;
    const user = await answers.user(String(userId));
    return { certificate: { ...certificate, holder: user && { id: user.id, loginId: user.loginId, displayName: user.displayName } } };
  },
  Who: async (_, session) => {
    const { userId, ...viewer } = viewerOf(session);
    const user = await answers.user(String(userId));
    return { viewer: { ...viewer, user: user && { id: user.id, loginId: user.loginId, displayName: user.displayName, kind: user.kind } } };
  },
};

function listed(row: Row): Row {
  const { userId: _, certificate, ...user } = userOf(row);
  if (!certificate) return { ...user, certificate: null };
  const { userId: __, ...shown } = certificate as Row;
  return { ...user, certificate: shown };
}

const app = fastify();
app.post<{ Body: { query: string; variables: Row } }>("/graphql", async ({ body, headers }, reply) => {
  const session = await answers.session(headers.authorization);
  if (!session) return reply.status(401).send();
  const answer = byOperation[/^query (\w+)/.exec(body.query)?.[1] ?? ""];
  return { data: await answer?.(body.variables, session) };
});
console.log(`${await app.listen({ host: "127.0.0.1", port: 0 })}/graphql`);
