import { viewerOf, type Answers } from "./answers.js";
import type { Row } from "./database.js";

/** What of the contract the questions need. */
export const typeDefs = `
  scalar DateTime
  scalar SerialNumber
  enum UserKind { MASTER PUBLIC }
  enum Authority { APPROVER OPERATOR }
  enum UserStatus { ACTIVE LOCKED SUSPENDED DEREGISTERED }
  enum CertificateStatus { PENDING ENROLLMENT_EXPIRED ACTIVE EXPIRED REVOKED }
  type User { id: ID! version: Int! loginId: String! displayName: String! kind: UserKind! authority: Authority status: UserStatus! lastSignInAt: DateTime certificate: Certificate }
  type Certificate { id: ID! serialNumber: SerialNumber! status: CertificateStatus! notBefore: DateTime notAfter: DateTime holder: User! }
  type PageInfo { hasNextPage: Boolean! endCursor: String }
  type UserConnection { nodes: [User!]! pageInfo: PageInfo! }
  type Viewer { signedInAt: DateTime! mayOnlyEnroll: Boolean! user: User! }
  type Query { users(first: Int): UserConnection! certificate(serialNumber: SerialNumber): Certificate viewer: Viewer }
`;

export interface PeerContext {
  session: Row;
}

export async function peerContext(answers: Answers, authorization: string | undefined): Promise<PeerContext> {
  const session = await answers.session(authorization);
  if (!session) throw new Error("UNAUTHENTICATED");
  return { session };
}

/** As one writes them; a user comes with its certificate. */
export function resolversOver(answers: Answers) {
  return {
    Query: {
      users: (_: unknown, { first }: { first: number }) => answers.page(first),
      certificate: (_: unknown, { serialNumber }: { serialNumber: string }) => answers.bySerial(serialNumber),
      viewer: (_: unknown, __: unknown, { session }: PeerContext) => viewerOf(session),
    },
    Certificate: { holder: ({ userId }: Row) => answers.user(String(userId)) },
    Viewer: { user: ({ userId }: Row) => answers.user(String(userId)) },
  };
}
