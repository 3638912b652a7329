import type { FastifyInstance } from "fastify";
import { openRateLimits } from "../../src/foundation/rateLimits.js";
import { networkOf } from "../../src/http/addresses.js";
import { answerOf, codes, graphql, type Answer } from "../support/graphql.js";
import { House, PASSWORD, THE_MORNING, type Tenant } from "../support/House.js";

let house: House;
let doors: [FastifyInstance, FastifyInstance];
let tenant: Tenant;

/** Two processes, each with its own count, on one database. */
beforeAll(async () => {
  house = await House.open();
  const { openDoor } = await import("../../src/http/server.js");
  const { pino } = await import("pino");
  const { ordinarySettings } = await import("../support/House.js");
  const proxied = { ...ordinarySettings, proxies: { loopback: true, certificates: new Set<string>() } };
  const aDoor = () => openDoor({ ...house.desk, rates: openRateLimits(house.desk, { ADDRESS: 20, SESSION: 10, SIGN_IN: 4 }) }, pino({ level: "silent" }), proxied);
  doors = [await aDoor(), await aDoor()];
});
afterAll(async () => {
  await Promise.all(doors.map((door) => door.close()));
  await house.close();
});
let minute = 0;
beforeEach(async () => {
  house.clock.moveTo(new Date(THE_MORNING.getTime() + 120_000 * ++minute)); // a minute of its own
  tenant = await house.aTenant();
});

const door = (index: number) => doors[index % 2 === 0 ? 0 : 1];
let host = 0;
const anAddress = () => ({ "x-forwarded-for": `198.51.100.${String(++host)}` });
const LIMITED = (rate: string, limit: number) => ({ status: 429, errors: [{ extensions: { code: "RATE_LIMITED", rate, limit, seconds: 60, retryAfter: 60 } }] });
const signIn = (index: number, loginId: string, password = "Wrong-pass-1", operation = "signIn"): Promise<Answer> =>
  graphql(door(index), null, `mutation ($loginId: String!, $password: String!) { ${operation}(input: { bankCode: "${index % 2 === 0 ? "５１２０" : " 5120"}", loginId: $loginId, password: $password }) { sessionToken userErrors { code } } }`,
    { loginId, password }, anAddress());
const isLimited = (answer: Answer) => codes(answer).includes("RATE_LIMITED");

/** By POST, by GET, and what can't be understood. */
const asked = async (index: number, headers: Record<string, string>): Promise<Answer> => (index % 3 === 1
  ? answerOf(await door(index).inject({ url: "/graphql?query={__typename}", headers: { "apollo-require-preflight": "1", ...headers } }))
  : graphql(door(index), null, index % 3 === 0 ? "{" : "{ viewer { signedInAt } }", {}, headers));

it("an address may send so many requests a minute through all processes together, whatever they are; others aren't touched", async () => {
  const [flooder, other] = [anAddress(), anAddress()];
  const answers: Answer[] = [];
  for (let index = 0; index < 30; index++) answers.push(await asked(index, flooder));
  expect(answers.map(isLimited).filter(Boolean)).toHaveLength(10);
  expect(answers.at(-1)).toMatchObject({ ...LIMITED("ADDRESS", 20), headers: { "retry-after": "60" } });
  expect(isLimited(await graphql(door(0), null, "{ viewer { signedInAt } }", {}, other))).toBe(false);
});

it("a session may, wherever it asks from", async () => {
  const master = await house.signedIn(tenant.master);
  const answers: Answer[] = [];
  for (let index = 0; index < 14; index++) answers.push(await graphql(door(index), master, "{ viewer { signedInAt } }", {}, anAddress()));
  expect(answers.map(isLimited)).toEqual([...Array<boolean>(10).fill(false), ...Array<boolean>(4).fill(true)]);
  expect(answers.at(-1)).toMatchObject({ ...LIMITED("SESSION", 10), headers: { "retry-after": "60" } });
  const taro = await house.signedIn(tenant.taro);
  expect(isLimited(await graphql(door(0), taro, "{ viewer { signedInAt } }", {}, anAddress()))).toBe(false);
});

it("a download counts as a request", async () => {
  const master = await house.signedIn(tenant.master);
  const statuses: number[] = [];
  for (let index = 0; index < 12; index++) statuses.push((await door(index).inject({ url: "/usage-history.csv", headers: { authorization: `Bearer ${master.token}`, ...anAddress() } })).statusCode);
  expect(statuses).toEqual([...Array<number>(10).fill(200), 429, 429]);
  const flooder = anAddress();
  for (let index = 0; index < 20; index++) await door(index).inject({ url: "/usage-history.csv", headers: flooder });
  expect((await door(0).inject({ url: "/usage-history.csv", headers: flooder })).headers).toMatchObject({ "retry-after": "60" });
});

describe("a sign-in", () => {
  it("is tried for one ID so many times a minute, from any number of addresses and however it is written, before the password is looked at", async () => {
    const { loginId } = tenant.taro;
    const before = (await house.history(tenant.contract)).length;
    for (const [index, written] of [loginId, loginId.toUpperCase(), ` ${loginId}`, `${loginId}${" ".repeat(40)}x`].entries()) expect(isLimited(await signIn(index, written))).toBe(false);
    const refused = await signIn(1, loginId, PASSWORD);
    expect(refused).toMatchObject({ ...LIMITED("SIGN_IN", 4), headers: { "retry-after": "60" } });
    expect(refused.text).not.toContain("sessionToken\":\"");
    for (const index of [0, 0, 1]) await signIn(index, loginId);
    const entries = (await house.history(tenant.contract)).slice(before);
    expect(entries.map(({ code }) => code)).toEqual(["SIGN_IN_FAILED", "SIGN_IN_FAILED", "SIGN_IN_FAILED", "SIGN_IN_FAILED", "RATE_LIMITED", "RATE_LIMITED"]); // the first of each process
    expect(entries.at(-1)).toMatchObject({ action: "SIGN_IN", outcome: "REFUSED", actorId: tenant.taro.id, bankId: house.bank.id });
    house.clock.advance(60_000);
    expect(codes(await signIn(0, loginId, PASSWORD))).toEqual([]);
  });

  it("of an ID that doesn't exist is refused alike", async () => {
    for (let index = 0; index < 4; index++) await signIn(index, "nobody999");
    expect(await signIn(0, "nobody999")).toMatchObject(LIMITED("SIGN_IN", 4));
  });

  it("of an operator has a count of its own, and its own flood doesn't stop a customer of the same name", async () => {
    const operator = await house.anOperator(house.bank, { loginId: tenant.taro.loginId });
    for (let index = 0; index < 4; index++) await signIn(index, operator.loginId, "Wrong-pass-1", "signInOperator");
    expect(await signIn(0, operator.loginId, PASSWORD, "signInOperator")).toMatchObject(LIMITED("SIGN_IN", 4));
    expect(codes(await signIn(0, tenant.taro.loginId, PASSWORD))).toEqual([]);
  });

  it("that many ask for at once gets no more tries than the limit", async () => {
    const answers = await Promise.all(Array.from({ length: 40 }, (_, index) => signIn(index, tenant.hana.loginId)));
    expect(answers.filter((answer) => !isLimited(answer))).toHaveLength(4);
  });
});

it.each([
  ["192.0.2.1", "192.0.2.1"], ["::ffff:192.0.2.1", "192.0.2.1"], ["2001:db8:1:2:3:4:5:6", "2001:db8:1:2"], ["2001:db8:1:2::9", "2001:db8:1:2"],
  ["2001:0db8:0001:0002::", "2001:db8:1:2"], ["::1", "0:0:0:0"], ["2001:db8::", "2001:db8:0:0"], ["", ""],
])("%s counts as %s", (address, network) => { expect(networkOf(address)).toBe(network); });
