import {
  getNamedType, GraphQLError, isInputObjectType, isListType, isNonNullType, typeFromAST, type GraphQLInputType, type GraphQLSchema, type VariableDefinitionNode,
} from "graphql";

/** Characters; no name of the schema is nearly as long. */
export const LONGEST_NAME = 200;

/**
 * Refuses variables with keys that are too long to name any field. graphql-js compares an unknown one with all that it
 * knows, to suggest what may have been meant: of a MB that takes it half a second, and nobody is told.
 */
export function refuseLongNames(schema: GraphQLSchema, definitions: readonly VariableDefinitionNode[], variables: Record<string, unknown>): void {
  for (const { type, variable: { name } } of definitions) {
    const known = typeFromAST(schema, type) as GraphQLInputType | undefined;
    if (known && hasLongName(known, variables[name.value])) throw tooLong(`Variable "$${name.value}"`, "BAD_USER_INPUT");
  }
}

export function tooLong(where: string, code: "BAD_USER_INPUT" | "GRAPHQL_VALIDATION_FAILED"): GraphQLError {
  return new GraphQLError(`${where} has a name of more than ${LONGEST_NAME} characters.`, { extensions: { code, http: { status: 400 } } });
}

function hasLongName(type: GraphQLInputType, value: unknown): boolean {
  if (!isInputObjectType(getNamedType(type))) return false; // what lists hold isn't looked at one by one
  if (isNonNullType(type)) return hasLongName(type.ofType, value);
  if (isListType(type)) return Array.isArray(value) ? value.some((one) => hasLongName(type.ofType, one)) : hasLongName(type.ofType, value);
  if (!isInputObjectType(type) || typeof value !== "object" || value === null) return false;
  const fields = type.getFields();
  return Object.entries(value).some(([name, one]) => {
    const type = Object.hasOwn(fields, name) ? fields[name]?.type : undefined;
    return name.length > LONGEST_NAME || (type !== undefined && hasLongName(type, one));
  });
}
