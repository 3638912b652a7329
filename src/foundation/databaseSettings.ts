import { join } from "node:path";
import { ConfigError, whole, type Environment } from "./environment.js";

export interface Host {
  host: string;
  port: number;
}

export interface ServerSettings {
  kind: "server";
  hosts: Host[];
  user: string;
  password: string;
  database: string;
  poolSize: number;
}

export type DatabaseSettings = { kind: "sqlite"; file: string } | ServerSettings;

const SEVERAL_HOSTS = "mysql://user:password@host[:port][,host[:port]…]/database";

export function databaseSettings(env: Environment, dataDir: string): DatabaseSettings {
  const url = env.DATABASE_URL;
  if (url === undefined) return { kind: "sqlite", file: join(dataDir, "shomei.sqlite") };

  // By hand: URL knows one host only.
  const parts = /^(?:mysql|mariadb):\/\/([^:@/]+)(?::([^@/]*))?@([^/]+)\/([^/?]+)$/.exec(url);
  if (!parts) throw new ConfigError("DATABASE_URL", SEVERAL_HOSTS);
  const [, user = "", password = "", hosts = "", database = ""] = parts;
  try {
    return {
      kind: "server",
      hosts: hosts.split(",").map(hostOf),
      user: decodeURIComponent(user),
      password: decodeURIComponent(password),
      database: decodeURIComponent(database),
      poolSize: whole(env, "SHOMEI_POOL_SIZE", 10, 1, 1_000),
    };
  } catch (error) {
    if (error instanceof URIError) throw new ConfigError("DATABASE_URL", SEVERAL_HOSTS);
    throw error;
  }
}

function hostOf(text: string): Host {
  const parts = /^(\[[0-9a-fA-F:]+\]|[\w.-]+)(?::(\d{1,5}))?$/.exec(text);
  const port = Number(parts?.[2] ?? 3306);
  if (!parts?.[1] || port < 1 || port > 65_535) throw new ConfigError("DATABASE_URL", SEVERAL_HOSTS);
  return { host: parts[1].replace(/^\[|\]$/g, ""), port };
}
