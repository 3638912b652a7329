import {
  buildSchema, getNamedType, getNullableType, isInterfaceType, isIntrospectionType, isListType, isNonNullType, isObjectType, type GraphQLField,
  type GraphQLObjectType, type GraphQLOutputType, type GraphQLSchema,
} from "graphql";
import { houseSchema } from "../../src/graphql/schema.js";

let schema: GraphQLSchema;

beforeAll(async () => {
  schema = await houseSchema();
});

describe("what can be null", () => {
  it("says when it is", () => { expect(unexplained(schema)).toEqual([]); });

  it("is found where it doesn't say so, and where a payload doesn't say what a refusal leaves", () => {
    const careless = buildSchema(`
      type Query { thing: Thing "A list." things: [Thing]! }
      type Mutation { make: MakePayload }
      "What came of it." type MakePayload { thing: Thing userErrors: [String!]! }
      type Thing { "A name." name: String "A name; null where it has none." nick: String! "Null if none." other: String }
    `);
    expect(unexplained(careless)).toEqual([
      "Query.things: [Thing]! is a list with holes: say [Thing!]",
      "MakePayload: say that all but `userErrors` is null when refused",
      "Thing.name: String can be null and doesn't say when",
      "Thing.nick: String! says when it is null and never is",
    ]);
  });
});

/** Where nullability means nothing: a field that doesn't say when it is null, one that says so and isn't, a list with holes. */
function unexplained(of: GraphQLSchema): string[] {
  const roots = [of.getQueryType(), of.getMutationType()];
  const payloads = Object.values(of.getMutationType()?.getFields() ?? {}).map(({ type }) => getNamedType(type));
  return Object.values(of.getTypeMap()).filter((type) => !isIntrospectionType(type)).flatMap((type) => {
    if (!isObjectType(type) && !isInterfaceType(type)) return [];
    const fields = Object.values(type.getFields());
    const holes = fields.filter((field) => hasHoles(field.type)).map((field) => `${name(type.name, field)} is a list with holes: say [${getNamedType(field.type).name}!]`);
    if (roots.some((root) => root === type)) return holes; // null where it isn't the caller's to see, as the Query says
    if (payloads.includes(type)) return [...holes, ...silentPayload(type as GraphQLObjectType)];
    return [...holes, ...fields.flatMap((field) => faultOf(type.name, field))];
  });
}

function faultOf(owner: string, field: GraphQLField<unknown, unknown>): string[] {
  const says = /\bnull\b|空/i.test(field.description ?? "");
  if (isNonNullType(field.type)) return says ? [`${name(owner, field)} says when it is null and never is`] : [];
  return says ? [] : [`${name(owner, field)} can be null and doesn't say when`];
}

/** A payload's own sentence stands for all of its fields. */
function silentPayload(payload: GraphQLObjectType): string[] {
  const hasMore = Object.keys(payload.getFields()).length > 1;
  const isSaid = payload.description?.includes("When refused, all but `userErrors` is null") ?? false;
  return hasMore && !isSaid ? [`${payload.name}: say that all but \`userErrors\` is null when refused`] : [];
}

function hasHoles(type: GraphQLOutputType): boolean {
  const list = getNullableType(type);
  return isListType(list) && (!isNonNullType(list.ofType) || hasHoles(list.ofType as GraphQLOutputType));
}

function name(owner: string, field: GraphQLField<unknown, unknown>): string {
  return `${owner}.${field.name}: ${String(field.type)}`;
}
