import { cpSync, mkdirSync, symlinkSync } from "node:fs";
import { dirname, join, resolve } from "node:path";

/** Gives a folder outside the house what a partner has: its copy of schema/client, and packages as if it had installed them. */
export function partnersFolder(folder: string, packages: string[] = []): void {
  cpSync("schema/client", join(folder, "client"), { recursive: true });
  for (const name of ["@types/node", "@graphql-typed-document-node/core", ...packages]) {
    const place = join(folder, "node_modules", name);
    mkdirSync(dirname(place), { recursive: true });
    symlinkSync(resolve("node_modules", name), place);
  }
}
