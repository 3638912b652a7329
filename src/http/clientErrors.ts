import { STATUS_CODES, maxHeaderSize } from "node:http";
import type { Socket } from "node:net";
import { systemClock } from "../foundation/clock.js";
import { newRequestId } from "../foundation/ids.js";
import { RequestRefusal } from "../foundation/requestRefusals.js";
import { told } from "../graphql/presentable.js";

/** What isn't even HTTP, or came too slowly, gets an answer of the usual shape, and its connection is closed. */
export function answerClientError(error: Error & { code?: string }, socket: Socket): void {
  if (error.code === "ECONNRESET" || socket.destroyed) return;
  if (error.code === "ERR_TLS_HANDSHAKE_TIMEOUT") return void socket.destroy(); // nobody to tell: there is no TLS yet
  const known = told(refusalOf(error.code), "ja"); // its headers weren't read
  if (!known || !socket.writable) return void socket.destroy(error);
  const { status, message, extensions } = known;
  const requestId = newRequestId(systemClock.now());
  const body = JSON.stringify({ errors: [{ message, extensions: { ...extensions, requestId } }] });
  const headers = [
    `HTTP/1.1 ${String(status)} ${STATUS_CODES[status] ?? ""}`, "content-type: application/json; charset=utf-8", "content-language: ja",
    `content-length: ${String(Buffer.byteLength(body))}`, `x-request-id: ${requestId}`, "x-content-type-options: nosniff", "connection: close",
  ];
  socket.end(`${headers.join("\r\n")}\r\n\r\n${body}`);
}

function refusalOf(code: string | undefined): RequestRefusal {
  if (code === "ERR_HTTP_REQUEST_TIMEOUT") return new RequestRefusal("REQUEST_TIMEOUT");
  return code === "HPE_HEADER_OVERFLOW" ? new RequestRefusal("HEADERS_TOO_LARGE", { limit: maxHeaderSize }) : new RequestRefusal("BAD_REQUEST", {}, "This isn't HTTP.");
}
