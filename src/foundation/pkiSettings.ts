import { ConfigError, type Environment } from "./environment.js";

export interface Pkcs11Settings {
  /** The token maker's library. */
  module: string;
  /** The token's label. */
  token: string;
  pinFile: string;
}

/** 0.0.0.0 and ::, however they are written. */
const EVERYWHERE = /^(?:0+(?:\.0+)*|[0:]+)$/;

/**
 * The address that goes into certificates for ten years: absolute, http (whoever checks a certificate can't check ours
 * first; RFC 5280 §4.2.1.13, §8), without a slash at the end. Undefined where it is the server's own and that isn't
 * known yet, because it takes any free port.
 */
export function pkiUrl(env: Environment, host: string, port: number): string | undefined {
  const text = env.SHOMEI_PKI_URL;
  if (text === undefined) {
    if (!EVERYWHERE.test(host)) return port === 0 ? undefined : baseUrl("http", host, port);
    throw new ConfigError("SHOMEI_PKI_URL", `the address that relying parties know, since HOST is ${host}`);
  }
  const url = URL.parse(text);
  const isPlain = url?.protocol === "http:" && !url.username && !url.password && !/[?#\s]/.test(text);
  if (!isPlain || url.href.length > 200) throw new ConfigError("SHOMEI_PKI_URL", "http://host[:port][/path]");
  return url.href.replace(/\/+$/, "");
}

export function baseUrl(scheme: "http" | "https", host: string, port: number): string {
  return `${scheme}://${host.includes(":") ? `[${host}]` : host}:${String(port)}`;
}

/** Keys in a token, where one of the three is set; then all must be. */
export function pkcs11Settings(env: Environment): Pkcs11Settings | undefined {
  const names = ["SHOMEI_PKCS11_MODULE", "SHOMEI_PKCS11_TOKEN", "SHOMEI_PKCS11_PIN_FILE"] as const;
  const [module, token, pinFile] = names.map((name) => env[name]);
  if (module !== undefined && token !== undefined && pinFile !== undefined) return { module, token, pinFile };
  const missing = names.find((name) => env[name] === undefined);
  if (missing === undefined || names.every((name) => env[name] === undefined)) return undefined;
  throw new ConfigError(missing, `a value, since another of ${names.join(", ")} has one`);
}
