import { once } from "node:events";
import { connect, type AddressInfo } from "node:net";
import { setTimeout as pause } from "node:timers/promises";
import { House } from "../support/House.js";

it("a request that was on its way when the door began to close is answered like the others, and its connection is closed", async () => {
  const house = await House.open();
  const door = await house.door();
  await door.listen({ port: 0 });
  const body = JSON.stringify({ query: "{ __typename }" });
  const socket = connect((door.server.address() as AddressInfo).port, "127.0.0.1");
  let said = "";
  socket.on("data", (chunk: Buffer) => { said += chunk.toString(); });
  socket.write("POST /graphql HTTP/1.1\r\nhost: door\r\n");
  await pause(100);

  const closed = door.close();
  await pause(100);
  socket.write(`content-type: application/json\r\ncontent-length: ${String(body.length)}\r\n\r\n${body}`);
  await Promise.all([once(socket, "close"), closed]);
  await house.close();
  expect(said).toMatch(/^HTTP\/1\.1 200 OK\r\n/);
  expect(said).toMatch(/^connection: close\r$/im);
  expect(said).toContain('"data":{"__typename":"Query"}');
});
