import type { GraphQLObjectType, GraphQLSchema } from "graphql";
import { deeds } from "../policy/deeds.js";
import { questions } from "../policy/questions.js";
import { whoIsShown, whoMayDo } from "../policy/whoMayCall.js";

const WHO =
  "Each one says at its end who may call it, by the rulebook; what isn't of the caller's contract, or of its bank for the bank's staff, " +
  "doesn't exist for it. An Enrollee is an ID that signed in without the certificate that its contract requires, a Password changer one " +
  "whose passwords are due. What is done “by two”, one of the bank's staff requests and another one approves.";

/**
 * Ends the description of every query and mutation with who may call it, and describes the root types, which no resolver can.
 * Throws where one has no line in the policy: what nobody wrote a rule for must not be served.
 */
export function describeOperations(schema: GraphQLSchema): void {
  const [queries, mutations] = [schema.getQueryType(), schema.getMutationType()];
  if (queries) describe(queries, `What can be asked. ${WHO}`, "policy/questions.ts", questions, whoIsShown);
  if (mutations) describe(mutations, `What can be done: one a request, every attempt on record that the door lets in. ${WHO}`, "policy/deeds.ts", deeds, whoMayDo);
}

function describe<Line>(root: GraphQLObjectType, description: string, file: string, lines: Readonly<Record<string, Line>>, closing: (line: Line) => string): void {
  root.description = description;
  const unruled: string[] = [];
  for (const field of Object.values(root.getFields())) {
    const line = Object.hasOwn(lines, field.name) ? lines[field.name] : undefined;
    if (line === undefined) unruled.push(field.name);
    else field.description = [field.description?.trim(), closing(line)].filter(Boolean).join(" ");
  }
  if (unruled.length > 0) throw new Error(`${root.name} has fields without a line in ${file}: ${unruled.join(", ")}`);
}
