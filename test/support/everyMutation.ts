import {
  isEnumType, isInputObjectType, isListType, isNonNullType, isRequiredInputField, type GraphQLInputType, type GraphQLSchema,
} from "graphql";

/** A mutation with the least that it takes, to be sent by somebody who may not. */
export interface AnyMutation {
  name: string;
  query: string;
  variables: { input?: unknown };
}

/** Every mutation of the schema. `known` are the values of fields and scalars by name; the rest is made up. */
export function everyMutation(schema: GraphQLSchema, known: Record<string, unknown>): AnyMutation[] {
  return Object.values(schema.getMutationType()?.getFields() ?? {}).map(({ name, args: [input] }) => ({
    name,
    query: input
      ? `mutation ($input: ${String(input.type)}) { ${name}(input: $input) { userErrors { code } } }`
      : `mutation { ${name} { userErrors { code } } }`,
    variables: input ? { input: example(input.type, known) } : {},
  }));
}

function example(type: GraphQLInputType, known: Record<string, unknown>): unknown {
  if (isNonNullType(type)) return example(type.ofType, known);
  if (isListType(type)) return [];
  if (isEnumType(type)) return type.getValues()[0]?.name;
  if (!isInputObjectType(type)) return scalars[type.name];
  const required = Object.values(type.getFields()).filter((field) => isRequiredInputField(field) || field.name in known);
  return Object.fromEntries(required.map((field) => [field.name, known[field.name] ?? example(field.type, known)]));
}

const scalars: Record<string, unknown> = { String: "example1", Int: 1, Float: 1, Boolean: true, ID: "nobody", LocalDate: "2026-12-28" };
