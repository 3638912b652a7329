import "reflect-metadata";
import { parseArgs } from "node:util";
import { readConfig } from "../foundation/config.js";
import { OperatorError } from "../foundation/OperatorError.js";
import { runCommand, withDesk } from "./command.js";
import { add, list, remove, reset, unlock, type Request } from "./operatorCommands.js";

// `npm run operator -- …`: a bank's own staff, for whoever runs the server. It may run meanwhile.

const USAGE = `npm run operator -- list <bank code>
npm run operator -- add <bank code> <login id> <name>   registers one; the password is said this once
npm run operator -- unlock <bank code> <login id>       after too many wrong passwords; the password stays
npm run operator -- reset <bank code> <login id>        a new first password; the session ends, its open requests are withdrawn
npm run operator -- remove <bank code> <login id>       for good, its open requests too; the login ID never comes back
`;

interface Command {
  takes: readonly string[];
  run: (request: Request) => Promise<void>;
}

const commands = new Map<string, Command>([
  ["list", { takes: ["a bank code"], run: list }],
  ["add", { takes: ["a bank code", "a login ID", "a name"], run: add }],
  ["reset", { takes: ["a bank code", "a login ID"], run: reset }],
  ["remove", { takes: ["a bank code", "a login ID"], run: remove }],
  ["unlock", { takes: ["a bank code", "a login ID"], run: unlock }],
]);

async function main(): Promise<void> {
  const { positionals, values } = parseArgs({ allowPositionals: true, options: { help: { type: "boolean", short: "h" } } });
  if (values.help === true || positionals[0] === "help") return void process.stdout.write(USAGE);
  const { command, words } = understood(positionals);
  const [bankCode = "", loginId = "", displayName = ""] = words;
  await withDesk(readConfig(process.env), (desk) => command.run({ desk, bankCode, loginId, displayName }));
}

/** The command and its words, as many as it takes: a word too many may be half of a name. */
function understood([name, ...words]: string[]): { command: Command; words: string[] } {
  if (name === undefined) throw new OperatorError(USAGE);
  const refuse = (why: string) => new OperatorError(`${why}\n\n${USAGE}`);
  const command = commands.get(name);
  if (!command) throw refuse(`unknown command "${name}"`);
  const { takes } = command;
  if (words.length < takes.length) throw refuse(`${name} needs ${takes.slice(words.length).join(" and ")}`);
  if (words.length > takes.length) throw refuse(`${name} takes ${takes.join(", ")} and no more: ${words.slice(takes.length).join(" ")}`);
  return { command, words };
}

await runCommand(main);
