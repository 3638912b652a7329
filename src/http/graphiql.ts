import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import type { FastifyInstance, FastifyRequest } from "fastify";
import type { Audience } from "../foundation/environment.js";
import { Refusal } from "../foundation/refusals.js";
import type { ProxySettings } from "../foundation/tlsSettings.js";
import type { FrontDesk } from "../graphql/RequestContext.js";
import { actorOf } from "./actorOf.js";
import { graphiqlPage } from "./graphiqlPage.js";
import { savedOperations } from "./savedOperations.js";

/** Everything from here, nothing inline, nothing from outside. */
const POLICY = [
  "default-src 'none'", "script-src 'self'", "style-src 'self'", "connect-src 'self'", "img-src 'self' data:", "font-src 'self' data:",
  "base-uri 'none'", "form-action 'none'", "frame-ancestors 'none'",
].join("; ");

const packages = createRequire(import.meta.url);
const inPackage = (name: string, path: string) => join(dirname(packages.resolve(`${name}/package.json`)), path);
const here = (path: string) => fileURLToPath(new URL(path, import.meta.url));
const modules = ["start", "session", "signIn", "operationList", "editor", "dom", "documents"];
const assets: Record<string, { file: string; type: string }> = {
  "react.js": { file: inPackage("react", "umd/react.production.min.js"), type: "text/javascript" },
  "react-dom.js": { file: inPackage("react-dom", "umd/react-dom.production.min.js"), type: "text/javascript" },
  "graphiql.js": { file: inPackage("graphiql", "graphiql.min.js"), type: "text/javascript" },
  "graphiql.css": { file: inPackage("graphiql", "graphiql.min.css"), type: "text/css" },
  "page.css": { file: here("../../../src/http/graphiql/page.css"), type: "text/css" }, // from dist/src/http/
  ...Object.fromEntries(modules.map((name) => [`${name}.js`, { file: here(`./graphiql/${name}.js`), type: "text/javascript" }])),
};

/** GraphiQL for the bank's own tools, from this server alone, with the saved operations by task. */
export function graphiqlRoutes(app: FastifyInstance, desk: FrontDesk, proxies: ProxySettings, audience: Exclude<Audience, "nobody">): void {
  const operations = savedOperations();
  const page = graphiqlPage(audience);

  // A room of its own, so that the policy belongs to its routes and not to how an address is spelled.
  void app.register((room, _options, done) => {
    room.addHook("onRequest", (_request, reply, next) => {
      void reply.header("content-security-policy", POLICY);
      next();
    });
    room.get("/graphiql", (_request, reply) => reply.type("text/html; charset=utf-8").send(page));
    room.get("/graphiql/operations.json", async (request, reply) => {
      if (audience === "operators") await demandOperator(desk, request, proxies);
      return reply.header("cache-control", "no-store").send(operations);
    });
    for (const [name, { file, type }] of Object.entries(assets)) {
      const content = readFileSync(file); // now, and not from a build that may be replaced under a running server
      room.get(`/graphiql/${name}`, (_request, reply) => reply.type(`${type}; charset=utf-8`).send(content));
    }
    done();
  });
}

async function demandOperator(desk: FrontDesk, request: FastifyRequest, proxies: ProxySettings): Promise<void> {
  const { role } = await actorOf(desk, request, proxies);
  if (role !== "BANK_OPERATOR") throw new Refusal("BANK_ONLY");
}
