import type { ServerOptions } from "node:https";
import { Server as TlsServer, type SecureContextOptions } from "node:tls";
import type { FastifyInstance } from "fastify";
import type { TlsSettings } from "../foundation/tlsSettings.js";

/** TLS ends at the door, and client certificates are asked for. */
export interface TlsDoor extends TlsSettings {
  /** The CAs whose certificates are hoped for, PEM: browsers offer their users no others. */
  issuers: string[];
}

/** How long a client may take; the framework asks for it here, and not where it is said for a plain door. Milliseconds. */
type Pace = Pick<ServerOptions, "handshakeTimeout" | "headersTimeout" | "connectionsCheckingInterval">;

/**
 * Whoever presents no certificate, or one that isn't accepted, is let through TLS all the same: the front desk tells it
 * why it is refused, where a failed handshake would tell nothing.
 */
export function tlsOptions(tls: TlsDoor | undefined, pace: Pace): { https?: ServerOptions } {
  return tls ? { https: { ...secureContext(tls), ...pace, requestCert: true, rejectUnauthorized: false } } : {};
}

function secureContext({ certificate, key, issuers }: TlsDoor): SecureContextOptions {
  return { cert: certificate, key, ca: issuers, minVersion: "TLSv1.2" };
}

/** From its next connection on, a TLS door hopes for certificates of these CAs. */
export function hopeFor(door: FastifyInstance, tls: TlsDoor): void {
  if (door.server instanceof TlsServer) door.server.setSecureContext(secureContext(tls));
}
