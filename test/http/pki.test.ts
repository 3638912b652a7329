import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { connect, type AddressInfo, type Socket } from "node:net";
import { setTimeout as pause } from "node:timers/promises";
import type { FastifyInstance, LightMyRequestResponse } from "fastify";
import { openIssuers } from "../../src/authorities/openIssuers.js";
import { DAY, MINUTE, SECOND, later } from "../../src/foundation/clock.js";
import { newId } from "../../src/foundation/ids.js";
import { openDoor, type HouseDesk } from "../../src/http/server.js";
import { sequence } from "../../src/pki/der.js";
import type { Signer } from "../../src/pki/Signer.js";
import { storeCrl } from "../../src/validation/crlStore.js";
import { openCrls } from "../../src/validation/openCrls.js";
import { Branch } from "../support/branch.js";
import { House, THE_MORNING, caSettings, memoryVault, ordinarySettings } from "../support/House.js";
import { withReads } from "../support/gatedReads.js";
import { aNonce, aRequest, aSingle } from "../support/ocspRequest.js";
import { Scratch } from "../support/pki.js";
import { certIdOf, shownOcsp } from "../support/shownOcsp.js";
import { shownCrl } from "../support/shownCrl.js";

const scratch = new Scratch();
let house: House;
let door: FastifyInstance;
let branch: Branch;

beforeAll(async () => {
  house = await House.open();
  door = await house.door();
});
afterAll(async () => {
  await door.close();
  await house.close();
  scratch.remove();
});
beforeEach(async () => {
  house.clock.moveTo(THE_MORNING);
  branch = await Branch.open(house);
});

const crlPath = () => `/pki/${branch.issuer.label}.crl`;
const get = (url: string, headers: Record<string, string> = {}, method: "GET" | "HEAD" | "POST" | "PUT" | "DELETE" = "GET") => door.inject({ method, url, headers });
const isNotFound = (response: LightMyRequestResponse) => {
  expect(response.statusCode).toBe(404);
  expect(response.json()).toMatchObject({ errors: [{ extensions: { code: "NOT_FOUND" } }] });
};

describe("GET /pki/<CA>.cer", () => {
  it("is the CA's certificate, DER, as its own certificates say where it is", async () => {
    const response = await get(`/pki/${branch.issuer.label}.cer`);
    expect(response).toMatchObject({ statusCode: 200, headers: { "content-type": "application/pkix-cert" } });
    expect(response.rawPayload).toEqual(branch.issuer.certificate);
  });
});

describe("GET /pki/<CA>.crl", () => {
  it("is the list in DER, whole, with its type, its length, a strong ETag and its date", async () => {
    const { serialNumber } = await branch.aRevokedOne();
    const { statusCode, headers, rawPayload } = await get(crlPath());
    expect(statusCode).toBe(200);
    expect(headers).toMatchObject({
      "content-type": "application/pkix-crl", "content-length": String(rawPayload.length), "last-modified": THE_MORNING.toUTCString(),
      "cache-control": "public, no-transform, must-revalidate, max-age=0",
    });
    expect(headers.etag).toMatch(/^"[0-9a-f]{64}"$/);
    expect([...shownCrl(rawPayload).revoked.keys()]).toEqual([serialNumber]);
  });

  it("has the same ETag and the same octets from every process, and others once something was revoked", async () => {
    await branch.aRevokedOne();
    const desk = { ...house.desk, crls: openCrls(house.desk, 0) };
    const beside = await openDoor(desk, door.log, ordinarySettings);
    const [one, other] = [await get(crlPath()), await beside.inject({ url: crlPath() })];
    expect([other.headers.etag, other.rawPayload]).toEqual([one.headers.etag, one.rawPayload]);
    await branch.aRevokedOne();
    expect((await beside.inject({ url: crlPath() })).headers.etag).not.toBe(one.headers.etag);
    await beside.close();
  });

  it("answers HEAD with the same headers and nothing else", async () => {
    const { headers } = await get(crlPath());
    const head = await get(crlPath(), {}, "HEAD");
    expect([head.statusCode, head.rawPayload.length]).toEqual([200, 0]);
    const of = ({ etag, "content-length": length, "content-type": type, "last-modified": date }: typeof headers) => ({ etag, length, type, date });
    expect(of(head.headers)).toEqual(of(headers));
  });

  describe("to somebody who has the list already", () => {
    it.each<[string, (etag: string) => Record<string, string>]>([
      ["its ETag", (etag) => ({ "if-none-match": etag })],
      ["its ETag among several", (etag) => ({ "if-none-match": `"abc", ${etag} ,"def"` })],
      ["its ETag as a weak one", (etag) => ({ "if-none-match": `W/${etag}` })],
      ["any", () => ({ "if-none-match": "*" })],
      ["its date", () => ({ "if-modified-since": THE_MORNING.toUTCString() })],
      ["its ETag and an older date, which doesn't count then", (etag) => ({ "if-none-match": etag, "if-modified-since": later(THE_MORNING, -DAY).toUTCString() })],
    ])("by %s, answers 304, to GET and HEAD, with the same ETag and date and without a body", async (_what, headers) => {
      const { headers: { etag } } = await get(crlPath());
      for (const method of ["GET", "HEAD"] as const) {
        const response = await get(crlPath(), headers(String(etag)), method);
        expect([response.statusCode, response.rawPayload.length]).toEqual([304, 0]);
        expect(response.headers).toMatchObject({ etag, "last-modified": THE_MORNING.toUTCString(), "cache-control": expect.stringContaining("max-age=0") as string });
        expect(response.headers).not.toHaveProperty("content-type");
      }
    });

    it.each<[string, (etag: string) => Record<string, string>]>([
      ["another ETag", () => ({ "if-none-match": `"${"0".repeat(64)}"` })],
      ["its ETag without quotes", (etag) => ({ "if-none-match": etag.slice(1, -1) })],
      ["another ETag and its date, which doesn't count then", () => ({ "if-none-match": "\"x\"", "if-modified-since": THE_MORNING.toUTCString() })],
      ["a later date, which may be that of a list by a clock that was ahead", () => ({ "if-modified-since": later(THE_MORNING, DAY).toUTCString() })],
      ["an earlier date", () => ({ "if-modified-since": later(THE_MORNING, -SECOND).toUTCString() })],
      ["no date", () => ({ "if-modified-since": "yesterday" })],
    ])("or rather not, by %s, sends it whole", async (_what, headers) => {
      const { headers: { etag } } = await get(crlPath());
      const response = await get(crlPath(), headers(String(etag)));
      expect([response.statusCode, response.rawPayload.length]).toEqual([200, Number(response.headers["content-length"])]);
    });

    it("sends the next one whole to either condition, also when it was made in the same second", async () => {
      const { headers: { etag, "last-modified": date } } = await get(crlPath());
      const { serialNumber } = await branch.aRevokedOne();
      for (const [condition, value] of [["if-none-match", etag], ["if-modified-since", date]] as const) {
        const response = await get(crlPath(), { [condition]: String(value) });
        expect(response.statusCode).toBe(200);
        expect([...shownCrl(response.rawPayload).revoked.keys()]).toEqual([serialNumber]);
      }
      house.clock.advance(SECOND);
      await branch.aRevokedOne();
      const { headers: { "last-modified": newest } } = await get(crlPath());
      expect((await get(crlPath(), { "if-modified-since": String(newest) })).statusCode).toBe(304); // and one that is alone in its second is told by its date
    });
  });

  it.each([
    "/pki/nobody.crl", "/pki/.crl", "/pki/root-1.crl.crl", "/pki/root-1", "/pki/ROOT-1.crl", "/PKI/root-1.crl", "/pki/root-1%00.crl", "/pki/root-1%20.crl", "/pki/%20root-1.crl",
    "/pki/root-1%0a.crl", "/pki/root_1.crl", "/pki/%25.crl", "/pki/'%20OR%201=1--.crl", "/pki/%E6%A0%B9.crl", "/pki/..%2froot-1.crl", "/pki/..%2f..%2fetc%2fpasswd.crl",
    "/pki//root-1.crl", "/pki/root-1.crl/", `/pki/${"a".repeat(41)}.crl`, `/pki/${"a".repeat(95)}.crl`, "/pki/root-1.CRL", "/pki/root-1.pem", "/pki/root-1.key.pem",
  ])("knows no %s", async (path) => {
    isNotFound(await get(path));
    isNotFound(await get(path.replace(/\.crl(?=\/?$)/, ".cer")));
  });

  it("is the root's too; where there never was one and the key is away it is no path", async () => {
    const response = await get("/pki/root-1.crl");
    expect(response.headers["content-type"]).toBe("application/pkix-crl");
    expect(shownCrl(response.rawPayload).revoked.size).toBe(0);

    const keys = new Map<string, Signer>();
    const other = await House.open({}, { vault: memoryVault(keys) });
    keys.delete("root-1");
    const issuers = await openIssuers(other.desk, caSettings(memoryVault(keys)));
    const without = await openDoor({ ...other.desk, crls: openCrls({ ...other.desk, issuers }, 0) }, door.log, ordinarySettings);
    isNotFound(await without.inject({ url: "/pki/root-1.crl" }));
    expect((await without.inject({ url: "/pki/root-1.cer" })).statusCode).toBe(200);
    await without.close();
    await other.close();
  });

  it.each(["POST", "PUT", "DELETE"] as const)("isn't there for %s", async (method) => {
    isNotFound(await get(crlPath(), {}, method));
  });
});

describe("a long list, over a connection", () => {
  const OCTETS = 16 * 1024 * 1024; // more than the buffers on the way hold
  const PIECES = 17; // statements, each of a megabyte
  let listening: FastifyInstance;
  let content: Buffer;
  let piecesRead: number;

  beforeEach(async () => {
    piecesRead = 0;
    const db = withReads(house.db, (sql, query) => {
      if (sql.includes("FROM crl_parts")) piecesRead += 1;
      return query();
    });
    const desk: HouseDesk = { ...house.desk, db };
    listening = await openDoor(desk, door.log, ordinarySettings);
    await listening.listen({ host: "127.0.0.1", port: 0 });

    content = randomBytes(OCTETS); // what is on it makes no difference here
    await storeCrl(house.desk, {
      id: newId(THE_MORNING), issuerId: branch.issuer.id, number: 1, thisUpdate: THE_MORNING, nextUpdate: later(THE_MORNING, DAY),
      expiredBefore: null, entries: 0, compromised: 0,
    }, [content]);
  });
  afterEach(() => listening.close());

  /** Reads nothing until it is told to. */
  async function aSlowClient() {
    const socket = connect((listening.server.address() as AddressInfo).port, "127.0.0.1");
    socket.write(`GET ${crlPath()} HTTP/1.1\r\nHost: pki\r\nConnection: close\r\n\r\n`);
    await once(socket, "readable"); // the first octets are here
    return socket;
  }
  async function restOf(socket: Socket): Promise<{ head: string; body: Buffer }> {
    const chunks: Buffer[] = [];
    socket.on("error", () => undefined); // broken off
    socket.on("data", (chunk: Buffer) => chunks.push(chunk)).resume();
    await once(socket, "close");
    const whole = Buffer.concat(chunks);
    const end = whole.indexOf("\r\n\r\n") + 4;
    return { head: whole.subarray(0, end).toString("latin1"), body: whole.subarray(end) };
  }
  async function makeNewer(lists: number): Promise<void> {
    for (let made = 0; made < lists; made++) {
      await branch.aRevokedOne();
      await house.desk.crls.current(branch.ca);
    }
  }

  it("comes whole to somebody who began before nine newer ones appeared", async () => {
    const client = await aSlowClient();
    await makeNewer(9);
    expect(piecesRead).toBeLessThan(PIECES); // it is in the middle of it
    const { head, body } = await restOf(client);
    expect(head).toMatch(/^HTTP\/1\.1 200 /);
    expect(head).toContain(`content-length: ${String(OCTETS)}\r\n`);
    expect(body.equals(content)).toBe(true);
  });

  it("is broken off, so that nobody takes a part for the whole, where it is so old that it is no longer kept", async () => {
    const client = await aSlowClient();
    await makeNewer(10);
    const { head, body } = await restOf(client);
    expect(head).toContain(`content-length: ${String(OCTETS)}\r\n`);
    expect(body.length).toBeLessThan(OCTETS);
    expect(shownCrl((await fetchCrl()).body).revoked.size).toBe(10);
  });

  it("leaves nothing behind where the client breaks off", async () => {
    const client = await aSlowClient();
    client.destroy();
    const connections = () => new Promise((resolve) => { listening.server.getConnections((_error, count) => { resolve(count); }); });
    while ((await connections()) !== 0) await pause(5);
    const { body } = await fetchCrl();
    expect(body.equals(content)).toBe(true);
    expect(piecesRead).toBeLessThan(2 * PIECES); // the first wasn't read to its end
  });

  const fetchCrl = async () => {
    const socket = await aSlowClient();
    return restOf(socket);
  };
});

describe("/ocsp", () => {
  const requestFor = (serialNumber: string, nonce?: number) =>
    aRequest({ singles: [aSingle(certIdOf(branch.issuer, serialNumber))], ...(nonce ? { extensions: sequence(aNonce(nonce)) } : {}) });
  const post = (payload: Buffer | string, type = "application/ocsp-request", through = door) =>
    through.inject({ method: "POST", url: "/ocsp", payload, headers: type ? { "content-type": type } : {} });
  const byGet = (der: Buffer, through = door) => through.inject({ url: `/ocsp/${encodeURIComponent(der.toString("base64"))}` });
  const statusIn = (response: LightMyRequestResponse) => {
    expect([response.statusCode, response.headers["content-type"]]).toEqual([200, "application/ocsp-response"]);
    expect(response.headers["content-length"]).toBe(String(response.rawPayload.length));
    return shownOcsp(scratch, response.rawPayload);
  };
  const MALFORMED = "30030a0101";

  it("says by POST and by GET at once that a certificate is revoked", async () => {
    const certificate = await branch.aCertificate();
    const request = requestFor(certificate.serialNumber);
    for (const ask of [post, byGet]) expect(statusIn(await ask(request)).answers).toMatchObject([{ status: "good" }]);
    await branch.revoke(certificate, "KEY_COMPROMISE");
    for (const ask of [byGet, post]) expect(statusIn(await ask(request)).answers).toMatchObject([{ status: "revoked", revokedAt: THE_MORNING, reason: 1 }]);
  });

  it.each<[string, (base64: string) => string]>([
    ["percent-encoded, as it should be", encodeURIComponent],
    ["as it is, with / + and =", (base64) => base64],
    ["with its / alone left", (base64) => encodeURIComponent(base64).replaceAll("%2F", "/")],
    ["with escapes in small letters", (base64) => encodeURIComponent(base64).replace(/%../g, (escape) => escape.toLowerCase())],
    ["without padding", (base64) => base64.replace(/=+$/, "")],
  ])("takes the request by GET %s", async (_how, spell) => {
    const serials = Array.from({ length: 40 }, () => `01${randomBytes(16).toString("hex")}`);
    const written = (serial: string) => requestFor(serial).toString("base64");
    const awkward = serials.find((serial) => /[/].*[+]|[+].*[/]/.test(written(serial))) ?? "01";
    const ask = (serial: string) => get(`/ocsp/${spell(written(serial))}`);
    expect(statusIn(await ask(awkward)).answers).toMatchObject([{ serialNumber: awkward, status: "unknown" }]);
    for (const serial of [...serials.slice(0, 10), "01", "0102", "010203"]) { // of each padding, and with a / or two now and then
      const { statusCode, rawPayload } = await ask(serial);
      expect([statusCode, rawPayload.includes(certIdOf(branch.issuer, serial))]).toEqual([200, true]);
    }
  });

  it("takes a long request by GET: 32 at once", async () => {
    const singles = Array.from({ length: 32 }, () => aSingle(certIdOf(branch.issuer, `01${randomBytes(16).toString("hex")}`, { isSha256: true })));
    expect(statusIn(await byGet(aRequest({ singles }))).answers).toHaveLength(32);
  });

  it("answers HEAD as GET, with nothing in it", async () => {
    const url = `/ocsp/${encodeURIComponent(requestFor("01").toString("base64"))}`;
    const [whole, head] = [await get(url), await get(url, {}, "HEAD")];
    expect([head.statusCode, head.rawPayload.length]).toEqual([200, 0]);
    expect(head.headers).toMatchObject({ "content-type": "application/ocsp-response", "cache-control": whole.headers["cache-control"] });
    expect(Number(head.headers["content-length"])).toBeGreaterThan(700); // to the octet it can't be told: no two signatures are alike
  });

  describe("the malformed is answered malformedRequest, and kept by no cache:", () => {
    it.each<[string, () => Buffer]>([
      ["nothing", () => Buffer.alloc(0)],
      ["random octets", () => randomBytes(100)],
      ["a request that is cut off", () => requestFor("01").subarray(0, 40)],
      ["a request with something behind it", () => Buffer.concat([requestFor("01"), Buffer.of(5, 0)])],
      ["a request in base64", () => Buffer.from(requestFor("01").toString("base64"))],
    ])("%s, by POST", async (_what, body) => {
      const response = await post(body());
      expect(response).toMatchObject({ statusCode: 200, headers: { "content-type": "application/ocsp-response", "cache-control": "no-store" } });
      expect(response.rawPayload.toString("hex")).toBe(MALFORMED);
    });

    it("no body at all, by POST", async () => {
      const response = await door.inject({ method: "POST", url: "/ocsp" });
      expect([response.statusCode, response.rawPayload.toString("hex")]).toEqual([200, MALFORMED]);
    });

    it.each(["", "hello", "%00", "%20", "%25", "..%2f..%2fetc", "MEUwQzBBMD8w", "====", "MEUw====", "_-_-", "%E6%A0%B9", "x".repeat(10_000)])("/ocsp/%.40s, by GET", async (path) => {
      const response = await get(`/ocsp/${path}`);
      expect(response).toMatchObject({ statusCode: 200, headers: { "content-type": "application/ocsp-response", "cache-control": "no-store" } });
      expect(response.rawPayload.toString("hex")).toBe(MALFORMED);
    });

    it("a good request by GET with anything before, in or behind it", async () => {
      const base64 = requestFor("01").toString("base64");
      for (const wrong of [`A${base64}`, `${base64}A`, ` ${base64}`, `${base64}\n`, base64.replace(/^(.{20})/, "$1 "), base64.replace(/^(.{20})/, "$1-"), `/${base64}`]) {
        const response = await get(`/ocsp/${encodeURIComponent(wrong)}`);
        expect([wrong, response.statusCode, response.rawPayload.toString("hex")]).toEqual([wrong, 200, MALFORMED]);
      }
    });
  });

  it.each(["application/json", "text/plain", "application/octet-stream", "application/ocsp-response", "application/x-www-form-urlencoded", "", "nonsense"])("takes no POST of type %j: 415", async (type) => {
    for (const body of [requestFor("01"), "{}", "null", "{"]) expect((await post(body, type)).statusCode).toBe(415);
  });

  it("takes its type with a parameter, and in capitals", async () => {
    for (const type of ["application/ocsp-request; charset=binary", "Application/OCSP-Request"]) {
      expect(statusIn(await post(requestFor("01"), type)).answers).toMatchObject([{ status: "unknown" }]);
    }
  });

  it("takes no POST of more than 16 KB: 413", async () => {
    expect((await post(Buffer.alloc(16 * 1024))).rawPayload.toString("hex")).toBe(MALFORMED);
    expect((await post(Buffer.alloc(16 * 1024 + 1))).statusCode).toBe(413);
  });

  it.each(["/ocsp", "/ocspx", "/ocs/p", "/OCSP/MEUw"])("isn't at GET %s", async (path) => {
    isNotFound(await get(path));
  });

  describe("of its answers a cache keeps", () => {
    it("none to a POST, none to a nonce", async () => {
      for (const response of [await post(requestFor("01")), await post(requestFor("01", 16)), await byGet(requestFor("01", 16))]) {
        expect(statusIn(response).answers).toHaveLength(1);
        expect(response.headers["cache-control"]).toBe("no-store");
        for (const header of ["etag", "expires", "last-modified"]) expect(response.headers).not.toHaveProperty(header);
      }
    });

    it("one to a GET without nonce not at all unasked, where nothing else is configured", async () => {
      house.clock.advance(789);
      const response = await byGet(requestFor("01"));
      expect(response.headers).toMatchObject({
        "cache-control": "public, no-transform, must-revalidate, max-age=0",
        "last-modified": THE_MORNING.toUTCString(), "expires": THE_MORNING.toUTCString(),
      });
      expect(response.headers.etag).toMatch(/^"[0-9a-f]{64}"$/);
      const { producedAt, nextUpdate } = statusIn(response);
      expect([producedAt, nextUpdate]).toEqual([new Date(String(response.headers["last-modified"])), later(THE_MORNING, 60 * MINUTE)]);
    });

    it("one to a GET without nonce as long as is configured", async () => {
      const patient = await house.door(undefined, { ocspMaxAgeSeconds: 300 });
      expect((await byGet(requestFor("01"), patient)).headers).toMatchObject({
        "cache-control": "public, no-transform, must-revalidate, max-age=300", "expires": later(THE_MORNING, 5 * MINUTE).toUTCString(),
      });
      expect((await byGet(requestFor("01", 16), patient)).headers["cache-control"]).toBe("no-store");
      expect((await post(requestFor("01"), undefined, patient)).headers["cache-control"]).toBe("no-store");
      await patient.close();
    });

    it("none to what failed, whatever is configured", async () => {
      const db = withReads(house.db, (sql, query) => sql.includes("FROM certificates") ? Promise.reject(Object.assign(new Error("gone"), { code: "ECONNRESET" })) : query());
      const patient = await openDoor({ ...house.desk, db }, door.log, { ...ordinarySettings, ocspMaxAgeSeconds: 300 });
      for (const [request, answer] of [[requestFor("01"), "30030a0103"], [Buffer.from("nonsense"), MALFORMED]] as const) {
        const response = await byGet(request, patient);
        expect([response.statusCode, response.headers["cache-control"], response.rawPayload.toString("hex")]).toEqual([200, "no-store", answer]);
      }
      await patient.close();
    });

    it("none beyond the time at which it is to be relied on no longer", async () => {
      const patient = await openDoor({ ...house.desk, responders: { ...house.desk.responders, of: async (issuer) => ({ ...(await house.desk.responders.of(issuer)), notAfter: later(THE_MORNING, MINUTE) }) } }, door.log, { ...ordinarySettings, ocspMaxAgeSeconds: 300 });
      expect((await byGet(requestFor("01"), patient)).headers["cache-control"]).toContain("max-age=60");
      await patient.close();
    });
  });
});
