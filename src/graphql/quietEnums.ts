import { GraphQLError, isEnumType, Kind, type GraphQLEnumType, type GraphQLSchema } from "graphql";
import { LONGEST_NAME } from "./longNames.js";

/** Has enums refuse what is too long to be a value of theirs without comparing it with each: as in `refuseLongNames`. */
export function quietEnums(schema: GraphQLSchema): void {
  for (const type of Object.values(schema.getTypeMap())) if (isEnumType(type)) quiet(type);
}

function quiet(type: GraphQLEnumType): void {
  const parseValue = type.parseValue.bind(type);
  const parseLiteral = type.parseLiteral.bind(type);
  type.parseValue = (value): unknown => {
    if (typeof value === "string" && value.length > LONGEST_NAME) throw new GraphQLError(`There is no such value in the "${type.name}" enum.`);
    return parseValue(value);
  };
  type.parseLiteral = (node, variables): unknown => {
    if (node.kind !== Kind.ENUM) throw new GraphQLError(`Enum "${type.name}" cannot represent non-enum value.`, { nodes: node });
    return parseLiteral(node, variables);
  };
}
