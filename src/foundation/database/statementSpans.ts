import type { QueryRunner } from "typeorm";
import { inSpan, isTraced } from "../spans.js";

/** A read outside a transaction as a span: its statement, without the values; or what was looked for where TypeORM words it. */
export function tracedRead(name: string, args: readonly unknown[], read: () => Promise<unknown>): Promise<unknown> {
  if (!isTraced()) return read();
  const [first] = args;
  return inSpan("db.query", typeof first === "string" ? { "db.query.text": first } : { "db.operation.name": name, "db.collection.name": (first as { name?: string } | undefined)?.name ?? "" }, read);
}

/** Makes each statement of this runner a span, until what it gives is called. Its text has placeholders: values are never in it. */
export function traceStatements(runner: QueryRunner): () => void {
  if (!isTraced()) return () => undefined;
  const query = runner.query.bind(runner) as (text: string, ...others: unknown[]) => Promise<unknown>;
  const traced = (text: string, ...others: unknown[]) => inSpan("db.query", { "db.query.text": text }, () => query(text, ...others));
  Object.assign(runner, { query: traced });
  return () => { delete (runner as { query?: unknown }).query; }; // what is its class's is there again: SQLite's one runner is everybody's
}
