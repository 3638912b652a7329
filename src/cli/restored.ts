import "reflect-metadata";
import { readFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { readConfig } from "../foundation/config.js";
import { OperatorError } from "../foundation/OperatorError.js";
import { openSafekeeping } from "../foundation/safekeeping.js";
import { acceptRestore } from "../validation/acceptRestore.js";
import { runCommand, withDesk } from "./command.js";

// `npm run restored`: for a database that was restored from a backup and is behind what is kept of it outside.

const USAGE = `npm run restored -- [--accept-other-history] <CRL file>…

When no newer backup can be had. Give the newest published list of every CA that the server names (DER or PEM: proxies and
relying parties keep copies). Whatever is revoked there is revoked here, with its date; the next list has a higher number.
Every certificate that waits for its holder is withdrawn: its code may have been used since. Passwords are those of the backup.
That entries of the history are lost is written into the history itself, and what was kept outside goes on under another name.
Stop the server first, start it afterwards.
`;

async function main(): Promise<void> {
  const { positionals, values } = parseArgs({ allowPositionals: true, options: { "accept-other-history": { type: "boolean" }, help: { type: "boolean", short: "h" } } });
  if (values.help === true) return void process.stdout.write(USAGE);
  const config = readConfig(process.env);
  const lists = positionals.map((file) => {
    try {
      return { file, content: readFileSync(file) };
    } catch (cause) {
      throw new OperatorError(`${file} can't be read`, { cause });
    }
  });
  await withDesk(config, async (desk) => {
    const safekeeping = openSafekeeping(config.safekeepingDir);
    for (const line of await acceptRestore(desk, safekeeping, lists, { acceptsOther: values["accept-other-history"] ?? false })) process.stdout.write(`${line}\n`);
  });
}

await runCommand(main);
