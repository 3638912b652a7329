import { createRequire } from "node:module";
import { createServer, type RequestListener } from "node:http";
import type { AddressInfo } from "node:net";
import { openAnswers } from "./answers.js";
import { openDriver } from "./database.js";
import { peerContext, resolversOver, typeDefs } from "./peerSchema.js";

interface Yoga {
  createSchema: (facts: { typeDefs: string; resolvers: object }) => object;
  createYoga: (facts: { schema: object; logging: boolean; context: (initial: { request: Request }) => unknown }) => RequestListener;
}

// graphql-yoga as its guide sets it up. Not imported by its types: they bring the browser's along, for the whole program.
const { createSchema, createYoga } = createRequire(import.meta.url)("graphql-yoga") as Yoga;
const answers = await openAnswers(openDriver(), process.env.BENCH_TOKEN ?? "");
const yoga = createYoga({
  schema: createSchema({ typeDefs, resolvers: resolversOver(answers) }),
  logging: false,
  context: ({ request }) => peerContext(answers, request.headers.get("authorization") ?? undefined),
});
const server = createServer(yoga);
server.listen(0, "127.0.0.1", () => {
  console.log(`http://127.0.0.1:${String((server.address() as AddressInfo).port)}/graphql`);
});
