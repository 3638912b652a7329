import "reflect-metadata";
import { parseArgs } from "node:util";
import { readConfig } from "../foundation/config.js";
import { OperatorError } from "../foundation/OperatorError.js";
import { keyKinds, type KeyKind } from "../pki/Signer.js";
import { backUp, list, make, publishRootCrl, rotate, type Request } from "./caCommands.js";
import { runCommand, withDesk } from "./command.js";

// `npm run ca -- …`: the CAs, for whoever runs the server. It may run meanwhile: it takes a new CA up by itself.

const USAGE = `npm run ca -- list
npm run ca -- make <bank code> [--key ${keyKinds.join("|")}]     the first CA of a bank
npm run ca -- rotate <bank code> [--key ${keyKinds.join("|")}]   a new one; the old one's certificates stay good
npm run ca -- crl                                                the root's list anew, if it is due: for when its key is kept elsewhere
npm run ca -- backup <folder>                                    certificates and sealed keys; not the passphrase
`;

interface Command {
  /** Undefined: it takes no word. */
  takes?: "a bank code" | "a folder";
  takesKey?: true;
  run: (request: Request) => Promise<void>;
}

const commands = new Map<string, Command>([
  ["list", { run: list }],
  ["make", { takes: "a bank code", takesKey: true, run: make }],
  ["rotate", { takes: "a bank code", takesKey: true, run: rotate }],
  ["crl", { run: publishRootCrl }],
  ["backup", { takes: "a folder", run: backUp }],
]);

function keyKindOf(text: string): KeyKind {
  const kind = keyKinds.find((one) => one === text);
  if (!kind) throw new OperatorError(`--key is one of ${keyKinds.join(", ")}`);
  return kind;
}

async function main(): Promise<void> {
  const { positionals, values } = parseArgs({ allowPositionals: true, options: { key: { type: "string" }, help: { type: "boolean", short: "h" } } });
  if (values.help === true || positionals[0] === "help") return void process.stdout.write(USAGE);
  const { command, word } = understood(positionals, values.key);

  const config = readConfig(process.env);
  const keyKind = keyKindOf(values.key ?? config.caKeyKind);
  await withDesk(config, (desk) => command.run({ desk, config, word, keyKind }));
}

/** The command and its word; a word too many is refused, for it may have been meant to say more. */
function understood([name, ...words]: string[], key: string | undefined): { command: Command; word: string } {
  if (name === undefined) throw new OperatorError(USAGE);
  const refuse = (why: string) => new OperatorError(`${why}\n\n${USAGE}`);
  const command = commands.get(name);
  if (!command) throw refuse(`unknown command "${name}"`);
  const { takes, takesKey } = command;
  const [word = "", ...more] = takes === undefined ? ["", ...words] : words;
  if (takes !== undefined && word === "") throw refuse(`${name} needs ${takes}`);
  if (more.length > 0) throw refuse(`${name} takes ${takes ?? "nothing"} and no more: ${more.join(" ")}`);
  if (key !== undefined && !takesKey) throw refuse(`${name} takes no --key`);
  return { command, word };
}

await runCommand(main);
