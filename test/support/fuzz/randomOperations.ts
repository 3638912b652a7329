import {
  getNamedType, isCompositeType, isObjectType, isRequiredArgument, type GraphQLArgument, type GraphQLField, type GraphQLObjectType, type GraphQLSchema,
} from "graphql";
import type { Asked } from "./everyPlace.js";
import { fittingValue, literalOf, type Known } from "./fittingValues.js";
import { hostileValues } from "./hostileValues.js";
import type { Random } from "./Random.js";

/** An operation that the schema allows, or nearly: any fields, arguments, variables, fragments, aliases and directives. */
export function randomOperation(random: Random, schema: GraphQLSchema, known: Known): Asked {
  const isQuery = random.chance(0.6);
  const root = isQuery ? schema.getQueryType() : schema.getMutationType();
  if (!root) throw new Error("a schema without roots");
  const writer = new OperationWriter(random, schema, known);
  const selection = writer.selection(root, random.between(1, 5), isQuery ? random.between(1, 3) : 1);
  return writer.asked(isQuery ? "query" : "mutation", selection);
}

class OperationWriter {
  private declared: string[] = [];
  private variables: string[] = [];
  private fragments: string[] = [];

  constructor(private readonly random: Random, private readonly schema: GraphQLSchema, private readonly known: Known) {}

  asked(operation: string, selection: string): Asked {
    const name = this.random.chance(0.5) ? " Fuzzed" : "";
    const declared = this.declared.length > 0 ? `(${this.declared.join(", ")})` : "";
    return { query: [`${operation}${name}${declared} ${selection}`, ...this.fragments].join("\n"), variables: `{${this.variables.join(",")}}` };
  }

  selection(type: GraphQLObjectType, levels: number, count = this.random.between(1, 4)): string {
    const { random } = this;
    const fields = Object.values(type.getFields()).filter((field) => levels > 1 || !isCompositeType(getNamedType(field.type)));
    const chosen = Array.from({ length: count }, () => {
      const field = fields[random.below(fields.length)];
      return field ? this.field(field, levels) : "__typename";
    });
    const inner = `{ ${chosen.join(" ")} }`;
    if (random.chance(0.05)) return `{ ... on ${type.name}${this.directive()} ${inner} }`;
    if (!random.chance(0.05)) return inner;
    const name = random.pick("F", "on_", "constructor", `F${String(this.fragments.length)}`); // two of a name, now and then
    this.fragments.push(`fragment ${name} on ${type.name} ${inner}`);
    return `{ ...${name}${this.directive()} }`;
  }

  private field({ name, args, type }: GraphQLField<unknown, unknown>, levels: number): string {
    const { random } = this;
    const alias = random.chance(0.1) ? `${random.pick("a", "b", "__proto__", "toString", "edges")}: ` : "";
    const given = args.filter((one) => isRequiredArgument(one) || random.chance(0.5)).map((one) => `${one.name}: ${this.argument(one)}`);
    const inside = getNamedType(type);
    return `${alias}${name}${given.length > 0 ? `(${given.join(", ")})` : ""}${this.directive()} ${isCompositeType(inside) ? this.below(inside.name, levels) : ""}`;
  }

  private below(type: string, levels: number): string {
    const object = this.schema.getType(type);
    if (isObjectType(object)) return this.selection(object, levels - 1);
    const example = this.schema.getType("User");
    return isObjectType(example) ? `{ __typename ... on User ${this.selection(example, levels - 1)} }` : "{ __typename }";
  }

  private argument({ name, type }: GraphQLArgument): string {
    const { random } = this;
    const hostile = random.chance(0.1) ? hostileValues[random.below(hostileValues.length)] : undefined;
    const fitting = fittingValue(random, type, name, this.known);
    if (random.chance(0.5)) return hostile?.literal ?? literalOf(type, fitting);
    const variable = random.chance(0.02) ? "__proto__" : `v${String(this.declared.length)}`;
    this.declared.push(`$${variable}: ${random.chance(0.95) ? String(type) : random.pick("String", "[Int!]!", "Nothing", "User")}`);
    if (random.chance(0.95)) this.variables.push(`"${variable}":${hostile?.json ?? JSON.stringify(fitting)}`);
    return `$${variable}`;
  }

  private directive(): string {
    if (!this.random.chance(0.05)) return "";
    return ` @${this.random.pick("include(if: true)", "skip(if: false)", "skip(if: true)", "include(if: null)", "include", "nothing", "defer", "deprecated", "include(if: true) @include(if: false)")}`;
  }
}
