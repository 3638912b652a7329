import { setTimeout as pause } from "node:timers/promises";
import type { FastifyInstance } from "fastify";
import { globalId } from "../../src/graphql/globalId.js";
import { User } from "../../src/identity/User.js";
import { engine } from "../support/engine.js";
import { withReads } from "../support/gatedReads.js";
import { graphql } from "../support/graphql.js";
import { House, type Caller, type Tenant } from "../support/House.js";

let house: House;
let door: FastifyInstance;
let tenant: Tenant;
let master: Caller;
let slowly: (sql: string) => boolean = () => false;

beforeAll(async () => {
  house = await House.open();
  const intact = house.desk.db;
  house.desk.db = withReads(intact, async (sql, query) => {
    if (slowly(sql)) await pause(600);
    return query();
  });
  door = await house.door(undefined, { requestMs: 400 });
});
afterAll(async () => {
  await door.close();
  await house.close();
});
beforeEach(async () => {
  slowly = () => false;
  tenant = await house.aTenant();
  master = await house.signedIn(tenant.master);
});

const REISSUE = "mutation ($input: ReissueCertificateInput!) { reissueCertificate(input: $input) { user { version } certificate { status } userErrors { code } } }";
const reissue = () => graphql(door, master, REISSUE, { input: { userId: globalId("User", tenant.taro.id), expectedVersion: 1 } }, { "accept-language": "en" });

describe("a request that takes too long", () => {
  it("is REQUEST_TIMED_OUT with its limit, and a reissue has changed nothing and is on record as failed", async () => {
    let letGo: (() => void) | undefined;
    const held = house.db.transaction(async (tx) => {
      await tx.update(User, { id: tenant.taro.id }, { displayName: "経理太郎" });
      await new Promise<void>((resolve) => { letGo = resolve; });
    });
    await pause(50);
    const asked = reissue();
    await (engine === "sqlite" ? pause(500) : asked); // on the embedded database the failure itself is entered after the one who is in the way
    letGo?.();
    await held;
    const answer = await asked;
    expect(answer).toMatchObject({ status: 503, data: { reissueCertificate: null }, errors: [{ path: ["reissueCertificate"], extensions: { code: "REQUEST_TIMED_OUT", limit: 0.4 } }] });
    expect(answer.errors[0]?.message).toBe("This took longer than 0.4 seconds and was given up. Nothing was registered.");
    expect(await house.currentCertificate(tenant.taro)).toBeNull();
    expect((await house.history(tenant.contract)).at(-1)).toMatchObject({ action: "CERTIFICATE_REISSUE", outcome: "FAILED", code: "REQUEST_TIMED_OUT", targetUserId: tenant.taro.id });
    expect((await reissue()).data).toMatchObject({ reissueCertificate: { certificate: { status: "PENDING" }, userErrors: [] } });
  });

  it("tells of a deed that was done in time what became of it, however long that takes", async () => {
    slowly = (sql) => sql.includes("FROM users");
    const answer = await reissue();
    expect(answer).toMatchObject({ status: 200, errors: [], data: { reissueCertificate: { user: { version: 2 }, certificate: { status: "PENDING" } } } });
  });

  it("is told so with 503 also where it was found out who asks", async () => {
    slowly = (sql) => sql.includes("sessions");
    const answer = await graphql(door, master, "{ __typename }");
    expect(answer).toMatchObject({ status: 503, errors: [{ extensions: { code: "REQUEST_TIMED_OUT" } }] });
  });

  it("leaves what was answered in time its answers", async () => {
    slowly = (sql) => sql.includes("FROM usage_history");
    const answer = await graphql(door, master, "{ viewer { user { loginId } } usageHistory { totalCount nodes { id } } }");
    expect(answer.errors).toMatchObject([{ extensions: { code: "REQUEST_TIMED_OUT" } }]);
  });
});
