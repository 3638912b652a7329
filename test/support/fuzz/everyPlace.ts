import {
  getNamedType, isCompositeType, isInputObjectType, isRequiredArgument, type GraphQLArgument, type GraphQLInputType, type GraphQLObjectType, type GraphQLSchema,
} from "graphql";
import { fittingValue, HOLE, literalOf, type Known } from "./fittingValues.js";
import { HOSTILE, hostileValues, type HostileValue } from "./hostileValues.js";
import type { Random } from "./Random.js";

/** A document, and its variables as JSON. */
export interface Asked {
  query: string;
  variables: string;
}

/** Where a client may put a value: an argument, or a field somewhere inside of one. */
interface Place {
  operation: "query" | "mutation";
  /** The fields down to the one with the argument, for those that the root doesn't have. */
  within: readonly string[];
  field: GraphQLObjectType["getFields"] extends () => Record<string, infer Field> ? Field : never;
  argument: GraphQLArgument;
  path: readonly string[];
}

/** One value that doesn't belong there, in one place. */
export interface Misplaced {
  what: string;
  ask: (random: Random, known: Known) => Asked;
}

/**
 * Each hostile value in each place of the schema, by a variable or as a literal: the seed says which. `secret` takes the place
 * of the text where a password belongs.
 */
export function everyMisplaced(schema: GraphQLSchema, secret: string): Misplaced[] {
  return placesIn(schema).flatMap((place) => hostileValues.map((value): Misplaced => ({
    what: `${[place.field.name, place.argument.name, ...place.path].join(".")}: ${value.what}`,
    ask: (random, known) => asked(random, place, { ...value, ...(isSecret(place) ? told(value, secret) : {}) }, random.pick("variable", "literal"), known),
  })));
}

const isSecret = ({ argument, path }: Place) => /password/i.test(path.at(-1) ?? argument.name);
const told = ({ json, literal }: HostileValue, secret: string) => ({ json: json.replaceAll(HOSTILE, secret), literal: literal.replaceAll(HOSTILE, secret) });

function placesIn(schema: GraphQLSchema): Place[] {
  const roots = [["query", schema.getQueryType()], ["mutation", schema.getMutationType()]] as const;
  const places = roots.flatMap(([operation, root]) => Object.values(root?.getFields() ?? {}).flatMap((field) => field.args.flatMap((argument) =>
    pathsIn(argument.type).map((path): Place => ({ operation, within: [], field, argument, path })))));
  return [...places, ...nested(schema, "Viewer", ["viewer"]), ...nested(schema, "User", ["viewer", "user"])];
}

function nested(schema: GraphQLSchema, type: string, within: readonly string[]): Place[] {
  const fields = Object.values((schema.getType(type) as GraphQLObjectType).getFields());
  return fields.flatMap((field) => field.args.map((argument): Place => ({ operation: "query", within, field, argument, path: [] })));
}

/** The value itself, and every field inside; of what contains itself, once. */
function pathsIn(type: GraphQLInputType, above: readonly string[] = []): string[][] {
  const named = getNamedType(type);
  if (!isInputObjectType(named) || above.includes(named.name)) return [[]];
  return [[], ...Object.values(named.getFields()).flatMap((field) => pathsIn(field.type, [...above, named.name]).map((path) => [field.name, ...path]))];
}

function asked(random: Random, { operation, within, field, argument, path }: Place, value: HostileValue, how: "variable" | "literal", known: Known): Asked {
  const written = field.args.filter((one) => one === argument || isRequiredArgument(one)).map((one) => {
    const fitting = fittingValue(random, one.type, one.name, known, one === argument ? path : undefined);
    return { one, fitting };
  });
  const hole = JSON.stringify(HOLE);
  const list = written.map(({ one, fitting }) => `${one.name}: ${how === "variable" ? `$${one.name}` : literalOf(one.type, fitting).replace(hole, () => value.literal)}`);
  const declared = how === "variable" ? ` (${written.map(({ one }) => `$${one.name}: ${String(one.type)}`).join(", ")})` : "";
  const selection = isCompositeType(getNamedType(field.type)) ? " { __typename }" : "";
  const variables = Object.fromEntries(written.map(({ one, fitting }) => [one.name, fitting]));
  return {
    query: `${operation}${declared} { ${within.map((name) => `${name} { `).join("")}${field.name}(${list.join(", ")})${selection} ${"}".repeat(within.length)} }`,
    variables: how === "variable" ? JSON.stringify(variables).replace(hole, () => value.json) : "{}",
  };
}
