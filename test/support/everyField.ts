import { getNamedType, isCompositeType, isObjectType, isRequiredArgument, type GraphQLObjectType, type GraphQLSchema } from "graphql";

/**
 * A selection of every field that this type has and that asks for nothing: what is a Node by its id, other objects whole, so
 * many levels deep.
 */
export function everyField(schema: GraphQLSchema, type: string, levels = 3): string {
  const object = schema.getType(type);
  if (!isObjectType(object)) throw new Error(`${type} is no object type`);
  return `{ __typename ${fieldsOf(object, levels).join(" ")} }`;
}

function fieldsOf(object: GraphQLObjectType, levels: number): string[] {
  return Object.values(object.getFields()).filter(({ args }) => !args.some(isRequiredArgument)).map(({ name, type }) => {
    const named = getNamedType(type);
    if (!isCompositeType(named)) return name;
    if (!isObjectType(named) || levels === 0 || named.name.endsWith("Connection")) return `${name} { __typename }`;
    return named.getFields().id ? `${name} { __typename id }` : `${name} { __typename ${fieldsOf(named, levels - 1).join(" ")} }`;
  });
}
