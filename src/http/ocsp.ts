import type { FastifyInstance, FastifyReply } from "fastify";
import { SECOND, later } from "../foundation/clock.js";
import { sha256 } from "../pki/Signer.js";
import { answerOcsp, type OcspDesk } from "../validation/answerOcsp.js";
import type { Meters } from "../watch/openMeters.js";

const LONGEST_REQUEST = 16 * 1024; // octets; 32 CertIDs with SHA-512 have some 6,000
const NOTHING = Buffer.alloc(0); // answered as malformed, like any bytes that aren't a request

/** OCSP over HTTP (RFC 6960 appendix A.1, RFC 5019 §5): POST, and GET with the request in the path as base64. */
export function ocspRoutes(app: FastifyInstance, desk: OcspDesk, maxAgeSeconds: number, meters: Pick<Meters, "ocsp">): void {
  void app.register((posts, _options, done) => {
    posts.removeAllContentTypeParsers(); // what isn't of this type isn't even read
    posts.addContentTypeParser("application/ocsp-request", { parseAs: "buffer" }, (_request, body, parsed) => {
      parsed(null, body);
    });
    posts.post<{ Body: Buffer | undefined }>("/ocsp", { bodyLimit: LONGEST_REQUEST }, async ({ body }, reply) => {
      const { der, says } = await answerOcsp(desk, body ?? NOTHING);
      meters.ocsp(says);
      return reply.headers({ ...TYPE, "cache-control": "no-store" }).send(der);
    });
    done();
  });

  app.get<{ Params: { "*": string } }>("/ocsp/*", async ({ params }, reply) => {
    const { der, isShareable, producedAt, nextUpdate, says } = await answerOcsp(desk, decoded(params["*"]) ?? NOTHING);
    meters.ocsp(says);
    if (!isShareable) return reply.headers({ ...TYPE, "cache-control": "no-store" }).send(der);
    return sendShareable(reply, der, { producedAt, nextUpdate, maxAgeSeconds });
  });
}

const TYPE = { "content-type": "application/ocsp-response" };

/**
 * RFC 5019 §6.2, but for the age: a cache may hold an answer only as long as the bank lets it, and by default not at all;
 * and never beyond the time until which it is to be relied on.
 */
function sendShareable(
  reply: FastifyReply,
  der: Buffer,
  { producedAt, nextUpdate, maxAgeSeconds }: { producedAt: Date; nextUpdate: Date; maxAgeSeconds: number },
): FastifyReply {
  const age = Math.min(maxAgeSeconds, Math.floor((nextUpdate.getTime() - producedAt.getTime()) / SECOND));
  return reply.headers({
    ...TYPE,
    "cache-control": `public, no-transform, must-revalidate, max-age=${String(age)}`,
    "last-modified": producedAt.toUTCString(),
    "expires": later(producedAt, age * SECOND).toUTCString(),
    "etag": `"${sha256(der).toString("hex")}"`,
  }).send(der);
}

/** Base64 of a request, padded or not, as the path has it once it is percent-decoded; undefined where it isn't that. */
function decoded(base64: string): Buffer | undefined {
  const der = Buffer.from(base64, "base64");
  return der.length > 0 && der.length <= LONGEST_REQUEST && withoutPadding(der.toString("base64")) === withoutPadding(base64) ? der : undefined;
}

/** Of any number of equals signs, a search for the last of them would take the square of their number. */
function withoutPadding(base64: string): string {
  return base64.replace(/={0,2}$/, "");
}
