import { once } from "node:events";
import { connect, type AddressInfo } from "node:net";
import type { FastifyInstance } from "fastify";
import { House } from "../support/House.js";
import { noteCodes } from "../support/seenCodes.js";

let house: House;
let door: FastifyInstance;
beforeAll(async () => {
  house = await House.open();
  door = await house.door(undefined, { patience: { headers: 200, request: 400, unread: 5_000, lookedAfterEvery: 50 } });
  await door.listen({ port: 0 });
});
afterAll(async () => {
  await door.close();
  await house.close();
});

/** What comes back for these octets until the connection is closed. */
async function told(octets: string): Promise<string> {
  const socket = connect((door.server.address() as AddressInfo).port, "127.0.0.1");
  let said = "";
  socket.on("data", (chunk: Buffer) => { said += chunk.toString(); });
  socket.write(octets);
  await once(socket, "close");
  noteCodes(said);
  return said;
}

it.each([
  ["headers that are too long", `GET /graphql HTTP/1.1\r\nhost: x\r\nx-long: ${"x".repeat(20_000)}\r\n\r\n`, 431, "HEADERS_TOO_LARGE"],
  ["a body that doesn't come", "POST /graphql HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: 50\r\n\r\n{", 408, "REQUEST_TIMEOUT"],
  ["headers that don't end", "POST /graphql HTTP/1.1\r\nhost: x\r\n", 408, "REQUEST_TIMEOUT"],
  ["what isn't HTTP", "\u0016\u0003\u0001 hello\r\n\r\n", 400, "BAD_REQUEST"],
])("%s are answered like everything else, and the connection is closed", async (_what, octets, status, code) => {
  const said = await told(octets);
  const [head = "", body = ""] = said.split("\r\n\r\n");
  expect(head).toMatch(new RegExp(`^HTTP/1.1 ${String(status)} `));
  expect(head).toMatch(/^connection: close$/im);
  const { errors: [error] } = JSON.parse(body) as { errors: [{ message: string; extensions: Record<string, string> }] };
  expect(error).toMatchObject({ message: expect.stringMatching(/[ぁ-ん].*。$|HTTP\.$/) as string, extensions: { code, nextStep: expect.any(String) as string } });
  expect(head).toContain(`x-request-id: ${String(error.extensions.requestId)}`);
});
