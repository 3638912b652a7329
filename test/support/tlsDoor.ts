import { X509Certificate } from "node:crypto";
import { readFileSync } from "node:fs";
import type { FastifyInstance } from "fastify";
import { pino } from "pino";
import type { ProxySettings } from "../../src/foundation/tlsSettings.js";
import type { Door } from "./customers.js";
import type { Held, ListeningHouse } from "./ListeningHouse.js";
import { selfSigned } from "./Proxy.js";

/** What docs/proxies calls the server. */
export const SHOMEI = "shomei.bank.example";

export interface TlsDoor extends Door {
  /** What a proxy connects with that this door knows; `both` is its certificate and key in one file. */
  proxy: Held & { both: string };
  close: () => Promise<void>;
}

/** A TLS door of this house, at which one proxy is known by its certificate. */
export async function openTlsDoor(listening: ListeningHouse): Promise<TlsDoor> {
  const server = await selfSigned(SHOMEI, `DNS:${SHOMEI}`, "IP:127.0.0.1");
  const proxy = await selfSigned("proxy");
  const { raw } = new X509Certificate(proxy.certificate);
  const fingerprint = new X509Certificate(proxy.certificate).fingerprint256.replaceAll(":", "").toLowerCase();
  const door = await doorOf(listening, { loopback: false, certificates: new Set([fingerprint]) }, server);
  return {
    base: `https://127.0.0.1:${String(portOf(door))}`,
    serverCertificate: listening.write("server.pem", server.certificate),
    proxy: {
      der: raw,
      certificate: listening.write("proxy.pem", proxy.certificate),
      key: listening.write("proxy.key", proxy.key),
      both: listening.write("proxy-both.pem", proxy.certificate + proxy.key),
    },
    close: () => door.close(),
  };
}

async function doorOf(listening: ListeningHouse, proxies: ProxySettings, server: { certificate: string; key: string }): Promise<FastifyInstance> {
  const issuers = [readFileSync(listening.file("chain.pem"), "utf8")];
  const door = await listening.house.door(pino({ level: "silent" }), { proxies, tls: { port: 0, ...server, issuers } });
  await door.listen({ host: "127.0.0.1", port: 0 });
  return door;
}

export function portOf(door: FastifyInstance): number {
  const address = door.server.address();
  if (address === null || typeof address === "string") throw new Error("not listening");
  return address.port;
}
