import { readFileSync } from "node:fs";
import {
  buildSchema, getNamedType, isEnumType, isInputObjectType, isInterfaceType, isIntrospectionType, isNonNullType, isObjectType, isScalarType,
  isSpecifiedScalarType, Kind, lexicographicSortSchema, parse, print, printSchema, type GraphQLNamedType, type GraphQLSchema,
} from "graphql";
import { refusalCodes } from "../../src/foundation/refusals.js";
import { assertEveryMutationHasItsPolicy, houseSchema } from "../../src/graphql/schema.js";
import { errorTable } from "../../src/graphql/errorTable.js";
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

  it("describes every type, field, argument, input field and enum value", () => {
    const described = Object.values(schema.getTypeMap()).filter(isOurs).flatMap(describedParts);
    expect(described.length).toBeGreaterThan(200);
    expect(described.filter(([, description]) => !description?.trim()).map(([name]) => name)).toEqual([]);
  });

  it("keeps the names and types that were promised", () => {
    expect(broken(PROMISED)).toEqual([]);
  });

  it("is found broken where a promised name or type is not there", () => {
    expect(broken("type User { id: String! shoeSize: Int } enum CertificateStatus { LOST } type Nothing { id: ID! }")).toEqual([
      "User.id: String!", "User.shoeSize: Int", "CertificateStatus.LOST", "Nothing",
    ]);
  });
});

describe("every mutation", () => {
  it("has a line in the table of deeds, and every line its mutation", () => {
    expect(Object.keys(deeds).sort()).toEqual(mutations().map(({ name }) => name).sort());
    expect([...Object.values(deeds).map(({ action }) => action), ...notMutations].sort()).toEqual([...deedActions].sort());
  });

  it("without such a line stops the start", () => {
    const widened = buildSchema("type Query { ok: Boolean } type Mutation { signIn: Boolean grantEverything: Boolean }");
    expect(() => { assertEveryMutationHasItsPolicy(widened); }).toThrow(/deeds\.ts: grantEverything$/);
    expect(() => { assertEveryMutationHasItsPolicy(schema); }).not.toThrow();
  });

  it("can't hide behind a name that every object has", () => {
    const widened = buildSchema("type Query { ok: Boolean } type Mutation { toString: Boolean }");
    expect(() => { assertEveryMutationHasItsPolicy(widened); }).toThrow(/deeds\.ts: toString$/);
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

function isOurs(type: GraphQLNamedType): boolean {
  return !isIntrospectionType(type) && !(isScalarType(type) && isSpecifiedScalarType(type));
}

type Described = [name: string, description: string | null | undefined];

function describedParts(type: GraphQLNamedType): Described[] {
  const itself: Described = [type.name, type.description];
  if (isEnumType(type)) return [itself, ...type.getValues().map(({ name, description }): Described => [`${type.name}.${name}`, description])];
  if (isInputObjectType(type)) return [itself, ...Object.values(type.getFields()).map(({ name, description }): Described => [`${type.name}.${name}`, description])];
  if (!isObjectType(type) && !isInterfaceType(type)) return [itself];
  // Query and Mutation are what they are called.
  const isRoot = type === schema.getQueryType() || type === schema.getMutationType();
  return [...(isRoot ? [] : [itself]), ...Object.values(type.getFields()).flatMap(({ name, description, args }): Described[] => [
    [`${type.name}.${name}`, description],
    ...args.map((argument): Described => [`${type.name}.${name}(${argument.name})`, argument.description]),
  ])];
}

/** What of these definitions the schema doesn't keep. */
function broken(promised: string): string[] {
  return parse(promised).definitions.flatMap((definition) => {
    if (!("name" in definition) || !definition.name) throw new Error(definition.kind);
    const name = definition.name.value;
    const type = schema.getType(name);
    if (!type) return [name];
    // eslint-disable-next-line @typescript-eslint/switch-exhaustiveness-check -- nothing else is promised
    switch (definition.kind) {
      case Kind.ENUM_TYPE_DEFINITION: {
        const values = isEnumType(type) ? type.getValues().map((value) => value.name) : [];
        return (definition.values ?? []).map((value) => value.name.value).filter((value) => !values.includes(value)).map((value) => `${name}.${value}`);
      }
      case Kind.INPUT_OBJECT_TYPE_DEFINITION: {
        const fields = isInputObjectType(type) ? type.getFields() : {};
        return (definition.fields ?? []).flatMap(({ name: field, type: promise, defaultValue }) => {
          const kept = fields[field.value];
          const isKept = kept && String(kept.type) === print(promise) && (!defaultValue || kept.defaultValue === print(defaultValue));
          return isKept ? [] : [`${name}.${field.value}: ${print(promise)}`];
        });
      }
      case Kind.OBJECT_TYPE_DEFINITION:
      case Kind.INTERFACE_TYPE_DEFINITION: {
        const fields = isObjectType(type) || isInterfaceType(type) ? type.getFields() : {};
        const interfaces = isObjectType(type) ? type.getInterfaces().map((one) => one.name) : [];
        return [
          ...(definition.interfaces ?? []).map((one) => one.name.value).filter((one) => !interfaces.includes(one)).map((one) => `${name} & ${one}`),
          ...(definition.fields ?? []).flatMap(({ name: field, type: promise, arguments: args }) => {
            const kept = fields[field.value];
            if (!kept || String(kept.type) !== print(promise)) return [`${name}.${field.value}: ${print(promise)}`];
            return (args ?? [])
              .filter((argument) => String(kept.args.find((one) => one.name === argument.name.value)?.type) !== print(argument.type))
              .map((argument) => `${name}.${field.value}(${argument.name.value}: ${print(argument.type)})`);
          }),
        ];
      }
      default:  
        throw new Error(definition.kind);
    }
  });
}

// What clients were promised when the contract was first written. Fields may be added to the schema, never taken away.
const PROMISED = `
  type Query {
    viewer: Viewer
    node(id: ID!): Node
    user(id: ID!): User
    users(first: Int, after: String, filter: UserFilter, orderBy: UserOrder): UserConnection!
    certificate(id: ID, serialNumber: SerialNumber): Certificate
    certificates(first: Int, after: String, filter: CertificateFilter, orderBy: CertificateOrder): CertificateConnection!
    usageHistory(first: Int, after: String, filter: UsageHistoryFilter): UsageRecordConnection!
  }
  type Mutation {
    signIn(input: SignInInput!): SignInPayload
    signOut: SignOutPayload
    reissueCertificate(input: ReissueCertificateInput!): ReissueCertificatePayload
    revokeCertificate(input: RevokeCertificateInput!): RevokeCertificatePayload
    enrollCertificate(input: EnrollCertificateInput!): EnrollCertificatePayload
  }
  interface Node { id: ID! }
  type User implements Node {
    id: ID! version: Int! loginId: String! displayName: String! kind: UserKind! authority: Authority status: UserStatus!
    certificate: Certificate
    certificates(first: Int, after: String): CertificateConnection!
    viewerCanReissueCertificate: Boolean!
    viewerCannotReissueCertificateReasons: [RefusalCode!]!
  }
  type Certificate implements Node {
    id: ID! serialNumber: SerialNumber! status: CertificateStatus! holder: User!
    enrollmentDeadline: DateTime notBefore: DateTime notAfter: DateTime
    revokedAt: DateTime revocationReason: RevocationReason
    subject: String issuer: String fingerprintSha256: String pem: String
    predecessor: Certificate successor: Certificate
  }
  type UserConnection { edges: [UserEdge!]! nodes: [User!]! pageInfo: PageInfo! totalCount: Int! }
  type PageInfo { hasNextPage: Boolean! hasPreviousPage: Boolean! startCursor: String endCursor: String }
  input SignInInput { bankCode: String! loginId: String! password: String! }
  input ReissueCertificateInput {
    userId: ID! expectedVersion: Int! reason: ReissueReason! = UNSPECIFIED note: String registrationPassword: String idempotencyKey: UUID
  }
  type ReissueCertificatePayload {
    user: User certificate: Certificate revokedCertificate: Certificate enrollmentCode: String message: String userErrors: [UserError!]!
  }
  input EnrollCertificateInput { csr: String! enrollmentCode: String }
  type EnrollCertificatePayload { certificate: Certificate chain: [String!] userErrors: [UserError!]! }
  type SignInPayload { sessionToken: String viewer: Viewer userErrors: [UserError!]! }
  type UserError { code: RefusalCode! message: String! nextStep: String path: [String!] }
  enum CertificateStatus { PENDING ENROLLMENT_EXPIRED ACTIVE EXPIRED REVOKED }
`;
