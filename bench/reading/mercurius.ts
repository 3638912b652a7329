import fastify from "fastify";
import mercurius from "mercurius";
import { openAnswers } from "./answers.js";
import { openDriver } from "./database.js";
import { peerContext, resolversOver, typeDefs } from "./peerSchema.js";

// mercurius as its guide sets it up, with JIT from the first request on.
const answers = await openAnswers(openDriver(), process.env.BENCH_TOKEN ?? "");
const app = fastify();
await app.register(mercurius, {
  schema: typeDefs,
  resolvers: resolversOver(answers) as never,
  jit: 1,
  context: ({ headers }) => peerContext(answers, headers.authorization),
});
console.log(`${await app.listen({ host: "127.0.0.1", port: 0 })}/graphql`);
