import "reflect-metadata";
import { readFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { Kind, parse, validate, specifiedRules, type GraphQLSchema } from "graphql";
import { readConfig } from "../foundation/config.js";
import { japaneseDate } from "../foundation/japanTime.js";
import { OperatorError } from "../foundation/OperatorError.js";
import { houseSchema } from "../graphql/schema.js";
import { measuredWithinLimits } from "../graphql/limits.js";
import { MOST } from "../graphql/limitTable.js";
import { withinStructure } from "../graphql/structure.js";
import { listDocuments, registerDocuments, removeDocuments, type Examine } from "../partners/registerDocuments.js";
import { runCommand, withDesk } from "./command.js";

// `npm run documents -- …`: the operations that clients registered, for whoever runs the server. It may run meanwhile.

const USAGE = `npm run documents -- list
npm run documents -- register <client> <manifest.json>   what the client's code generator wrote; what is there already stays
npm run documents -- remove <client> [<SHA-256>]         one, or all of the client's; within a minute everywhere
`;

const say = (text: string) => process.stdout.write(`${text}\n`);

async function main(): Promise<void> {
  const { positionals, values } = parseArgs({ allowPositionals: true, options: { help: { type: "boolean", short: "h" } } });
  const [command, client, word, ...others] = positionals;
  if (values.help === true || command === "help") return void process.stdout.write(USAGE);
  if (others.length > 0) throw new OperatorError(USAGE);

  await withDesk(readConfig(process.env), async (desk) => {
    if (command === "list" && client === undefined) {
      for (const one of await listDocuments(desk)) say(`${one.client}  ${one.sha256}  ${one.name}  ${japaneseDate(one.registeredAt)}`);
    } else if (command === "register" && client !== undefined && word !== undefined) {
      const count = await registerDocuments(desk, client, fileCalled(word), examinedBy(await houseSchema()));
      say(`${client}: ${String(count)} operations are registered.`);
    } else if (command === "remove" && client !== undefined) {
      say(`${client}: ${String(await removeDocuments(desk, client, word))} operations were removed.`);
    } else {
      throw new OperatorError(USAGE);
    }
  });
}

function fileCalled(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    throw new OperatorError(`${path}: can't be read`);
  }
}

/** A document is registered only if it would be served: so that a mistake is met here, and not by a customer. */
function examinedBy(schema: GraphQLSchema): Examine {
  return (text) => {
    try {
      const document = parse(text, { maxTokens: MOST.TOO_MANY_TOKENS });
      const [error] = validate(schema, document, [...specifiedRules, withinStructure]);
      if (error) return { fault: error.message };
      const operations = document.definitions.filter((one) => one.kind === Kind.OPERATION_DEFINITION);
      const name = operations[0]?.name?.value;
      if (operations.length !== 1 || !operations[0] || name === undefined) return { fault: "a document has one operation, with a name" };
      measuredWithinLimits(schema, document, operations[0], {});
      return { name };
    } catch (error) {
      return { fault: error instanceof Error ? error.message : String(error) };
    }
  };
}

await runCommand(main);
