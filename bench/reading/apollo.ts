import "reflect-metadata";
import { ApolloServer } from "@apollo/server";
import { startStandaloneServer } from "@apollo/server/standalone";
import { IsNull } from "typeorm";
import { Arg, buildSchema, Ctx, Field, FieldResolver, ID, Int, ObjectType, Query, registerEnumType, Resolver, Root } from "type-graphql";
import { encodeCursor } from "../../src/foundation/database/cursor.js";
import { Certificate } from "../../src/certificates/Certificate.js";
import { certificateStatuses, statusAt, type CertificateStatus } from "../../src/policy/certificateLifecycle.js";
import { Bank } from "../../src/identity/Bank.js";
import { Password } from "../../src/identity/Password.js";
import { Session } from "../../src/identity/Session.js";
import { hashOfToken } from "../../src/identity/sessionToken.js";
import { authorities, User, userKinds, userStatuses, type Authority, type UserKind, type UserStatus } from "../../src/identity/User.js";
import { DateTime, SerialNumber } from "../../src/graphql/scalars.js";
import source from "../../ormconfig.js";

// Apollo Server as its guide sets it up (the standalone server), with type-graphql and TypeORM repositories as theirs do.
const enumOf = (values: readonly string[]) => Object.fromEntries(values.map((value) => [value, value]));
const [UserKindEnum, AuthorityEnum, UserStatusEnum, CertificateStatusEnum] = [enumOf(userKinds), enumOf(authorities), enumOf(userStatuses), enumOf(certificateStatuses)];
registerEnumType(UserKindEnum, { name: "UserKind" });
registerEnumType(AuthorityEnum, { name: "Authority" });
registerEnumType(UserStatusEnum, { name: "UserStatus" });
registerEnumType(CertificateStatusEnum, { name: "CertificateStatus" });

@ObjectType("Certificate")
class CertificateType {
  @Field(() => ID) id!: string;
  @Field(() => SerialNumber) serialNumber!: string;
  @Field(() => CertificateStatusEnum) status!: CertificateStatus;
  @Field(() => DateTime, { nullable: true }) notBefore!: Date | null;
  @Field(() => DateTime, { nullable: true }) notAfter!: Date | null;
  userId!: string;
}

@ObjectType("User")
class UserType {
  @Field(() => ID) id!: string;
  @Field(() => Int) version!: number;
  @Field() loginId!: string;
  @Field() displayName!: string;
  @Field(() => UserKindEnum) kind!: UserKind;
  @Field(() => AuthorityEnum, { nullable: true }) authority!: Authority | null;
  @Field(() => DateTime, { nullable: true }) lastSignInAt!: Date | null;
  user!: User;
}

@ObjectType()
class PageInfo {
  @Field() hasNextPage!: boolean;
  @Field(() => String, { nullable: true }) endCursor!: string | null;
}

@ObjectType()
class UserConnection {
  @Field(() => [UserType]) nodes!: UserType[];
  @Field(() => PageInfo) pageInfo!: PageInfo;
}

@ObjectType()
class Viewer {
  @Field(() => DateTime) signedInAt!: Date;
  @Field() mayOnlyEnroll!: boolean;
  @Field(() => UserType) user!: UserType;
}

interface Context {
  session: Session;
  bearer: User;
}

await source.initialize();
const [users, certificates, passwords] = [source.getRepository(User), source.getRepository(Certificate), source.getRepository(Password)];
const [sessions, banks] = [source.getRepository(Session), source.getRepository(Bank)];

function userType(user: User): UserType {
  const { id, version, loginId, displayName, kind, authority, lastSignInAt } = user;
  return Object.assign(new UserType(), { id: `usr_${id}`, version, loginId, displayName, kind, authority, lastSignInAt, user });
}

function certificateType(certificate: Certificate): CertificateType {
  const { id, serialNumber, notBefore, notAfter, fingerprint, userId } = certificate;
  const dates = fingerprint === null ? { notBefore: null, notAfter: null } : { notBefore, notAfter };
  return Object.assign(new CertificateType(), { id: `cert_${id}`, serialNumber, status: statusAt(certificate, new Date()), ...dates, userId });
}

@Resolver(() => UserType)
class UserResolver {
  @Query(() => UserConnection)
  async users(@Arg("first", () => Int) first: number, @Ctx() { bearer }: Context): Promise<UserConnection> {
    const where = { contractId: bearer.contractId, bankId: bearer.bankId, deregisteredAt: IsNull() };
    const rows = await users.find({ where, order: { loginId: "ASC", id: "ASC" }, take: first + 1 });
    const shown = rows.slice(0, first);
    const last = shown.at(-1);
    return { nodes: shown.map(userType), pageInfo: { hasNextPage: rows.length > first, endCursor: last ? encodeCursor({ key: last.loginId, id: last.id }) : null } };
  }

  @FieldResolver(() => UserStatusEnum)
  async status(@Root() { user }: UserType): Promise<UserStatus> {
    if (user.deregisteredAt) return "DEREGISTERED";
    if (user.suspendedAt) return "SUSPENDED";
    const password = await passwords.findOneBy({ userId: user.id, kind: "LOGIN" });
    const bank = await banks.findOneByOrFail({ id: user.bankId });
    return password && (password.lockedAt !== null || password.tries >= bank.triesAllowed) ? "LOCKED" : "ACTIVE";
  }

  @FieldResolver(() => CertificateType, { nullable: true })
  async certificate(@Root() { user }: UserType): Promise<CertificateType | null> {
    const current = await certificates.findOneBy({ userId: user.id, isCurrent: 1 });
    return current && certificateType(current);
  }
}

@Resolver(() => CertificateType)
class CertificateResolver {
  @Query(() => CertificateType, { name: "certificate", nullable: true })
  async bySerial(@Arg("serialNumber", () => SerialNumber, { nullable: true }) serialNumber: string | undefined, @Ctx() { bearer }: Context): Promise<CertificateType | null> {
    const found = await certificates.findOneBy({ serialNumber: serialNumber ?? "", contractId: bearer.contractId, bankId: bearer.bankId });
    return found && certificateType(found);
  }

  @FieldResolver(() => UserType)
  async holder(@Root() { userId }: CertificateType): Promise<UserType> {
    return userType(await users.findOneByOrFail({ id: userId }));
  }
}

@Resolver(() => Viewer)
class ViewerResolver {
  @Query(() => Viewer, { nullable: true })
  viewer(@Ctx() { session, bearer }: Context): Viewer {
    return { signedInAt: session.signedInAt, mayOnlyEnroll: session.isEnrollOnly, user: userType(bearer) };
  }
}

const schema = await buildSchema({ resolvers: [UserResolver, CertificateResolver, ViewerResolver], validate: false });
const server = new ApolloServer<Context>({ schema });
const { url } = await startStandaloneServer(server, {
  listen: { host: "127.0.0.1", port: 0 },
  context: async ({ req: { headers: { authorization = "" } } }) => {
    const session = await sessions.findOneByOrFail({ tokenHash: hashOfToken(authorization.replace(/^Bearer +/i, "")), isCurrent: 1 });
    return { session, bearer: await users.findOneByOrFail({ id: session.userId }) };
  },
});
console.log(url);
