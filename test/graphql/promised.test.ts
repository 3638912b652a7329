import {
  isEnumType, isInputObjectType, isInterfaceType, isObjectType, Kind, parse, print, type GraphQLSchema,
} from "graphql";
import { houseSchema } from "../../src/graphql/schema.js";

let schema: GraphQLSchema;

beforeAll(async () => {
  schema = await houseSchema();
});

it("the contract keeps the names and types that were promised", () => {
  expect(broken(PROMISED)).toEqual([]);
});

it("the contract is found broken where a promised name or type is not there", () => {
  expect(broken("type User { id: String! shoeSize: Int } enum CertificateStatus { LOST } type Nothing { id: ID! }")).toEqual([
    "User.id: String!", "User.shoeSize: Int", "CertificateStatus.LOST", "Nothing",
  ]);
});

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
            const isKept = kept && [print(promise), `${print(promise)}!`].includes(String(kept.type)); // what might have been null may cease to be
            if (!isKept) return [`${name}.${field.value}: ${print(promise)}`];
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
