import { readFileSync } from "node:fs";
import {
  getNamedType, isEnumType, isInputObjectType, isInterfaceType, isIntrospectionType, isNonNullType, isObjectType, lexicographicSortSchema,
  printSchema, type GraphQLArgument, type GraphQLNamedType, type GraphQLSchema,
} from "graphql";
import { refusalCodes } from "../../src/foundation/refusals.js";
import { houseSchema } from "../../src/graphql/schema.js";
import { deedActions, deeds } from "../../src/policy/deeds.js";
import { permissionTable } from "../../src/policy/permissionTable.js";

let schema: GraphQLSchema;

beforeAll(async () => {
  schema = await houseSchema();
});

/** What the history knows beside mutations. */
const notMutations = ["CERTIFICATE_PRESENT", "CA_ROTATE", "CONTRACT_START", "OPERATOR_REGISTER", "OPERATOR_UNLOCK", "OPERATOR_RESET", "OPERATOR_REMOVE", "HISTORY_EXPORT", "DATABASE_RESTORE", "DOCUMENTS_REGISTER", "DOCUMENTS_REMOVE"];

const mutations = () => Object.values(schema.getMutationType()?.getFields() ?? {});

describe("the contract", () => {
  it("that is committed is the one that is served", () => {
    expect(readFileSync("schema/schema.graphql", "utf8")).toBe(`${printSchema(lexicographicSortSchema(schema))}\n`);
  });

  it("describes every type, field, argument, input field, enum value and directive, the root types and GraphQL's own scalars too", () => {
    const types = Object.values(schema.getTypeMap()).filter((type) => !isIntrospectionType(type));
    const described = [...types.flatMap(describedParts), ...schema.getDirectives().flatMap(describedField("@"))];
    expect(described.map(([name]) => name)).toEqual(expect.arrayContaining(["Query", "Mutation", "String", "DateTime", "Query.user(id)", "@deprecated"]));
    expect(described.length).toBeGreaterThan(700);
    expect(described.filter(([, description]) => !description?.trim()).map(([name]) => name)).toEqual([]);
  });
});

describe("every mutation", () => {
  it("has a line in the table of deeds, and every line its mutation", () => {
    expect(Object.keys(deeds).sort()).toEqual(mutations().map(({ name }) => name).sort());
    expect([...Object.values(deeds).map(({ action }) => action), ...notMutations].sort()).toEqual([...deedActions].sort());
  });

  it("takes one input or nothing, and answers with a nullable payload that can say why not", () => {
    expect(mutations().length).toBeGreaterThan(0);
    for (const { name, type, args } of mutations()) {
      const capital = `${name.charAt(0).toUpperCase()}${name.slice(1)}`;
      expect(String(type)).toBe(`${capital}Payload`);
      expect(isNonNullType(type)).toBe(false);
      const payload = getNamedType(type);
      if (!isObjectType(payload)) throw new Error(`${name} has no object as its payload`);
      expect(String(payload.getFields().userErrors?.type)).toBe("[UserError!]!");
      expect(args.map((argument) => `${argument.name}: ${String(argument.type)}`)).toEqual(args.length === 0 ? [] : [`input: ${capital}Input!`]);
    }
  });
});

describe("every refusal", () => {
  it("is a value of RefusalCode, and nothing else is", () => {
    const type = schema.getType("RefusalCode");
    if (!isEnumType(type)) throw new Error("no enum RefusalCode");
    expect(type.getValues().map(({ name }) => name).sort()).toEqual([...refusalCodes].sort());
  });

  it("stands in the list once and in its order", () => { expect([...refusalCodes]).toEqual([...new Set(refusalCodes)].sort()); });
});

it("README's permission table is the rulebook's", () => {
  const table = /<!-- permissions -->\n([\s\S]*?)\n<!-- \/permissions -->/.exec(readFileSync("README.md", "utf8"))?.[1];
  expect(table).toBe(permissionTable());
});

type Described = [name: string, description: string | null | undefined];

function describedParts(type: GraphQLNamedType): Described[] {
  const itself: Described = [type.name, type.description];
  if (isEnumType(type)) return [itself, ...type.getValues().map(({ name, description }): Described => [`${type.name}.${name}`, description])];
  if (!isObjectType(type) && !isInterfaceType(type) && !isInputObjectType(type)) return [itself];
  return [itself, ...Object.values(type.getFields()).flatMap(describedField(`${type.name}.`))];
}

/** A field or a directive with its arguments. */
function describedField(prefix: string) {
  return ({ name, description, args = [] }: { name: string; description?: string | null; args?: readonly GraphQLArgument[] }): Described[] =>
    [[`${prefix}${name}`, description], ...args.map((argument): Described => [`${prefix}${name}(${argument.name})`, argument.description])];
}
