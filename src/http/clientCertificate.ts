import { X509Certificate } from "node:crypto";
import { isIP } from "node:net";
import { TLSSocket } from "node:tls";
import type { FastifyRequest } from "fastify";
import { RequestRefusal } from "../foundation/requestRefusals.js";
import type { ProxySettings } from "../foundation/tlsSettings.js";
import { sha256 } from "../pki/Signer.js";
import { LOOPBACK } from "./addresses.js";

/** Who is at the other end of the request: its address and the certificate that it proved to have the key of. */
export interface Peer {
  address: string;
  /** DER; null where none was presented. */
  certificate: Buffer | null;
}

/**
 * The client, seen directly or through a proxy that the configuration names. Only such a proxy may say, by Client-Cert
 * (RFC 9440) and X-Forwarded-For, who stands behind it; from anybody else, twice or malformed, Client-Cert is refused
 * and never overlooked.
 */
export function peerOf(request: FastifyRequest, proxies: ProxySettings): Peer {
  const { socket } = request.raw;
  const own = socket instanceof TLSSocket ? (socket.getPeerX509Certificate()?.raw ?? null) : null;
  const address = socket.remoteAddress ?? "";
  const isProxy = own ? proxies.certificates.has(sha256(own).toString("hex")) : proxies.loopback && !(socket instanceof TLSSocket) && LOOPBACK.test(address);

  const values = valuesOf(request, "client-cert");
  if (!isProxy) {
    if (values.length > 0) throw new RequestRefusal("CLIENT_CERT_NOT_TRUSTED");
    return { address, certificate: own };
  }
  return { address: forwardedFor(request) ?? address, certificate: values.length > 0 ? certificateIn(values) : null };
}

/** Every line of this header as it came: node joins them, and then nobody could tell two from one. */
function valuesOf({ headers, raw: { rawHeaders } }: FastifyRequest, name: string): string[] {
  if (headers[name] === undefined) return [];
  return rawHeaders.filter((_, index) => index % 2 === 1 && rawHeaders[index - 1]?.toLowerCase() === name);
}

/** The last one that the proxy named: those before it are only what the client said. A zone (RFC 4007) means nothing elsewhere. */
function forwardedFor(request: FastifyRequest): string | undefined {
  const last = valuesOf(request, "x-forwarded-for").at(-1)?.split(",").at(-1)?.trim() ?? "";
  return isIP(last) === 0 || last.includes("%") ? undefined : last;
}

/** RFC 9440 §2.2: the DER as a Byte Sequence. Or what nginx calls $ssl_client_escaped_cert, told apart by its beginning. */
function certificateIn(values: string[]): Buffer {
  const [value = ""] = values;
  if (values.length !== 1) throw malformed("more than once");
  const der = value.startsWith("-----BEGIN") ? unescapedPem(value) : byteSequence(value);
  if (!der || !isCertificate(der)) throw malformed("no certificate");
  return der;
}

/** Structured Fields' Byte Sequence (RFC 8941 §3.3.5): base64 between colons, strictly. */
function byteSequence(value: string): Buffer | undefined {
  return strictBase64(/^:([A-Za-z0-9+/]+={0,2}):$/.exec(value)?.[1] ?? "");
}

function unescapedPem(value: string): Buffer | undefined {
  let pem: string;
  try {
    pem = decodeURIComponent(value);
  } catch {
    return undefined;
  }
  const lines = /^-----BEGIN CERTIFICATE-----\n([A-Za-z0-9+/=\n]+)-----END CERTIFICATE-----\n?$/.exec(pem)?.[1];
  return lines === undefined ? undefined : strictBase64(lines.replaceAll("\n", ""));
}

/** Node stops at the first padding and says nothing of what stands behind it. */
function strictBase64(text: string): Buffer | undefined {
  const bytes = Buffer.from(text, "base64");
  return text !== "" && bytes.toString("base64") === text ? bytes : undefined;
}

function isCertificate(der: Buffer): boolean {
  try {
    return new X509Certificate(der).raw.equals(der); // also nothing behind it
  } catch {
    return false;
  }
}

function malformed(what: string): RequestRefusal {
  return new RequestRefusal("CLIENT_CERT_MALFORMED", {}, `Client-Cert carries one certificate, by RFC 9440 or as nginx escapes it; here is ${what}`);
}
