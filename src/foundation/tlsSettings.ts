import { X509Certificate, createPrivateKey } from "node:crypto";
import { readFileSync } from "node:fs";
import { ConfigError, whole, type Environment } from "./environment.js";

export interface TlsSettings {
  port: number;
  /** The server's own certificate and those above it, PEM; and its key, PEM. */
  certificate: string;
  key: string;
}

/** A proxy is known by where it is or by what it proves, never by an address that others can have, too. */
export interface ProxySettings {
  /** Whoever connects over the loopback is the proxy. */
  loopback: boolean;
  /** SHA-256 of the certificates with which proxies connect to the TLS door, lower-case hex. */
  certificates: ReadonlySet<string>;
}

/** The TLS door, where SHOMEI_TLS_PORT is set. */
export function tlsSettings(env: Environment): TlsSettings | undefined {
  if (env.SHOMEI_TLS_PORT === undefined) {
    const named = ["SHOMEI_TLS_CERT_FILE", "SHOMEI_TLS_KEY_FILE"].find((name) => env[name] !== undefined);
    if (named === undefined) return undefined;
    throw new ConfigError("SHOMEI_TLS_PORT", `a port, since ${named} has a value`);
  }
  const port = whole(env, "SHOMEI_TLS_PORT", 0, 0, 65_535);
  const certificate = fileOf(env, "SHOMEI_TLS_CERT_FILE", "the server's certificate in PEM, with those above it");
  const key = fileOf(env, "SHOMEI_TLS_KEY_FILE", "the server's private key in PEM");

  if (attempt(() => new X509Certificate(certificate)) === undefined) throw new ConfigError("SHOMEI_TLS_CERT_FILE", "a certificate in PEM");
  const privateKey = attempt(() => createPrivateKey(key));
  if (privateKey === undefined) throw new ConfigError("SHOMEI_TLS_KEY_FILE", "a private key in PEM, not encrypted");
  if (!new X509Certificate(certificate).checkPrivateKey(privateKey)) throw new ConfigError("SHOMEI_TLS_KEY_FILE", "the key of the certificate in SHOMEI_TLS_CERT_FILE");
  return { port, certificate, key };
}

const PROXIES = "a list of: loopback, sha256:<64 hexadecimal digits of the certificate that a proxy connects with>";

export function proxySettings(env: Environment): ProxySettings {
  const items = (env.SHOMEI_PROXIES ?? "").split(",").map((item) => item.trim().toLowerCase()).filter((item) => item !== "");
  const certificates = new Set<string>();
  for (const item of items) {
    const fingerprint = /^sha256:([0-9a-f]{64}|(?:[0-9a-f]{2}:){31}[0-9a-f]{2})$/.exec(item)?.[1]?.replaceAll(":", "");
    if (fingerprint !== undefined) certificates.add(fingerprint);
    else if (item !== "loopback") throw new ConfigError("SHOMEI_PROXIES", PROXIES);
  }
  if (certificates.size > 0 && env.SHOMEI_TLS_PORT === undefined) {
    throw new ConfigError("SHOMEI_TLS_PORT", "a port, since SHOMEI_PROXIES names certificates: it is there that they are shown");
  }
  return { loopback: items.includes("loopback"), certificates };
}

function fileOf(env: Environment, name: string, expected: string): string {
  const file = env[name];
  const content = file === undefined ? undefined : attempt(() => readFileSync(file, "utf8"));
  if (content === undefined) throw new ConfigError(name, `a readable file: ${expected}`);
  return content;
}

function attempt<T>(make: () => T): T | undefined {
  try {
    return make();
  } catch {
    return undefined;
  }
}
