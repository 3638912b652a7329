import type { FastifyInstance } from "fastify";
import { DatabaseUnavailable } from "../../src/foundation/database/DatabaseUnavailable.js";
import { globalId } from "../../src/graphql/globalId.js";
import { withReads } from "../support/gatedReads.js";
import { graphql } from "../support/graphql.js";
import { House, type Caller, type Tenant } from "../support/House.js";

const noQuorum = new DatabaseUnavailable(Object.assign(new Error("WSREP has not yet prepared node"), { errno: 1047 }));
let house: House;
let door: FastifyInstance;
let tenant: Tenant;
let master: Caller;
let isAway = { forReads: false, forDeeds: false };

beforeAll(async () => {
  house = await House.open();
  const { db } = house;
  house.desk.db = {
    ...withReads(db, (_sql, query) => (isAway.forReads ? Promise.reject(noQuorum) : query())),
    transaction: (...given) => (isAway.forDeeds ? Promise.reject(noQuorum) : db.transaction(...given)),
  };
  door = await house.door();
  tenant = await house.aTenant();
  master = await house.signedIn(tenant.master);
});
afterAll(async () => {
  isAway = { forReads: false, forDeeds: false };
  await door.close();
  await house.close();
});

const REFUSED = { status: 503, headers: { "retry-after": "5" }, errors: [{ extensions: { code: "DATABASE_UNAVAILABLE", retryAfter: 5 } }] };
const reissue = () => graphql(door, master, "mutation ($input: ReissueCertificateInput!) { reissueCertificate(input: $input) { userErrors { code } } }",
  { input: { userId: globalId("User", tenant.taro.id), expectedVersion: 1 } }, { "accept-language": "en" });

describe("while the database is away", () => {
  it("whoever asks is told so, and when to ask again", async () => {
    isAway = { forReads: true, forDeeds: true };
    expect(await graphql(door, master, "{ users { totalCount } }")).toMatchObject(REFUSED);
    const [error] = (await reissue()).errors;
    expect(error?.message).toBe("The database can't be reached, so this could not be completed.");
    expect(error?.extensions.nextStep).toContain("with the same idempotencyKey");
  });

  it("a deed under which it goes away is refused the same way, and nothing came of it", async () => {
    isAway = { forReads: false, forDeeds: true };
    expect(await reissue()).toMatchObject({ ...REFUSED, data: { reissueCertificate: null } });
    isAway.forDeeds = false;
    expect(await house.currentCertificate(tenant.taro)).toBeNull();
    expect(await house.history(tenant.contract)).toEqual([]);
    expect((await reissue()).data).toEqual({ reissueCertificate: { userErrors: [] } });
  });

  it("a download is refused with 503, and /readyz says why; /healthz says that the process lives", async () => {
    isAway = { forReads: true, forDeeds: true };
    const get = (url: string) => door.inject({ url, headers: { authorization: `Bearer ${master.token}` } });
    expect(await get("/usage-history.csv")).toMatchObject({ statusCode: 503, headers: { "retry-after": "5" } });
    const ready = await get("/readyz");
    expect([ready.statusCode, ready.json()]).toEqual([503, { status: "not ready", reason: "the database can't be read: no node that answers belongs to a majority" }]);
    expect(await get("/healthz")).toMatchObject({ statusCode: 200 });
  });
});
