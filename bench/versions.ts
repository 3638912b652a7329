import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { cpus } from "node:os";
import { findMariaDb } from "../test/support/ThrowawayMariaDb.js";
import { isHere } from "./peerCa.js";

const PACKAGES = ["better-sqlite3", "mysql2", "fastify", "graphql-jit", "@apollo/server", "type-graphql", "typeorm", "graphql-yoga", "mercurius"];

/** On what is measured, and with what. */
export function machine(): string {
  const { model = "an unknown processor" } = cpus()[0] ?? {};
  return `${model.trim()} × ${String(cpus().length)}; ${[`Node.js ${process.version} with OpenSSL ${process.versions.openssl}`, ...programs(), ...PACKAGES.map(packaged)].join(", ")}`;
}

function programs(): string[] {
  const mariaDb = findMariaDb();
  return [
    ...(mariaDb === undefined ? [] : [told(mariaDb, ["--version"], /Ver (\S+)/, "MariaDB")]),
    ...(isHere("openssl") ? [told("openssl", ["version"], /^OpenSSL (\S+)/, "openssl")] : []),
    ...(isHere("cfssl") ? [told("cfssl", ["version"], /Version: (\S+)/, "cfssl")] : []),
  ];
}

function told(program: string, args: string[], version: RegExp, name: string): string {
  return `${name} ${version.exec(execFileSync(program, args, { encoding: "utf8" }))?.[1] ?? "of an unknown version"}`;
}

function packaged(name: string): string {
  return `${name} ${(JSON.parse(readFileSync(`node_modules/${name}/package.json`, "utf8")) as { version: string }).version}`;
}
