import type { FastifyInstance, FastifyReply } from "fastify";
import { sha256 } from "../pki/Signer.js";
import { answerOcsp, type OcspDesk } from "../validation/answerOcsp.js";

const LONGEST_REQUEST = 16 * 1024; // octets; 32 CertIDs with SHA-512 have some 6,000
const NOTHING = Buffer.alloc(0); // answered as malformed, like any bytes that aren't a request

/** OCSP over HTTP (RFC 6960 appendix A.1, RFC 5019 §5): POST, and GET with the request in the path as base64. */
export function ocspRoutes(app: FastifyInstance, desk: OcspDesk, maxAgeSeconds: number): void {
  app.addContentTypeParser("application/ocsp-request", { parseAs: "buffer", bodyLimit: LONGEST_REQUEST }, (_request, body, done) => {
    done(null, body);
  });

  app.post<{ Body: unknown }>("/ocsp", { bodyLimit: LONGEST_REQUEST }, async ({ body }, reply) => {
    if (body !== undefined && body !== null && !Buffer.isBuffer(body)) return reply.status(415).send();
    const { der } = await answerOcsp(desk, Buffer.isBuffer(body) ? body : NOTHING);
    return reply.headers({ ...TYPE, "cache-control": "no-store" }).send(der);
  });

  app.get<{ Params: { "*": string } }>("/ocsp/*", async ({ params }, reply) => {
    const { der, isShareable, producedAt, nextUpdate } = await answerOcsp(desk, decoded(params["*"]) ?? NOTHING);
    if (!isShareable) return reply.headers({ ...TYPE, "cache-control": "no-store" }).send(der);
    return sendShareable(reply, der, { producedAt, nextUpdate, maxAgeSeconds });
  });
}

const TYPE = { "content-type": "application/ocsp-response" };

/** RFC 5019 §6.2, but for the age: a cache may hold an answer only as long as the bank lets it, and by default not at all. */
function sendShareable(
  reply: FastifyReply,
  der: Buffer,
  { producedAt, nextUpdate, maxAgeSeconds }: { producedAt: Date; nextUpdate: Date; maxAgeSeconds: number },
): FastifyReply {
  return reply.headers({
    ...TYPE,
    "cache-control": `public, no-transform, must-revalidate, max-age=${String(maxAgeSeconds)}`,
    "last-modified": producedAt.toUTCString(),
    "expires": nextUpdate.toUTCString(),
    "etag": `"${sha256(der).toString("hex")}"`,
  }).send(der);
}

/** Base64 of a request, as the path has it once it is percent-decoded; undefined where it isn't that. */
function decoded(base64: string): Buffer | undefined {
  const der = Buffer.from(base64, "base64");
  return der.length > 0 && der.length <= LONGEST_REQUEST && der.toString("base64").replace(/=+$/, "") === base64.replace(/=+$/, "") ? der : undefined;
}
