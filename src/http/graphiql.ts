import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import type { FastifyInstance } from "fastify";
import { savedOperations } from "./savedOperations.js";

/** Everything from here, nothing inline, nothing from outside. */
const POLICY = [
  "default-src 'none'", "script-src 'self'", "style-src 'self'", "connect-src 'self'", "img-src 'self' data:", "font-src 'self' data:",
  "base-uri 'none'", "form-action 'none'", "frame-ancestors 'none'",
].join("; ");

const packages = createRequire(import.meta.url);
const inPackage = (name: string, path: string) => join(dirname(packages.resolve(`${name}/package.json`)), path);
const here = (path: string) => fileURLToPath(new URL(path, import.meta.url));
const assets: Record<string, { file: string; type: string }> = {
  "react.js": { file: inPackage("react", "umd/react.production.min.js"), type: "text/javascript" },
  "react-dom.js": { file: inPackage("react-dom", "umd/react-dom.production.min.js"), type: "text/javascript" },
  "graphiql.js": { file: inPackage("graphiql", "graphiql.min.js"), type: "text/javascript" },
  "graphiql.css": { file: inPackage("graphiql", "graphiql.min.css"), type: "text/css" },
  "start.js": { file: here("./graphiql/start.js"), type: "text/javascript" },
};

const PAGE = `<!doctype html>
<html lang="ja">
<head>
<meta charset="utf-8">
<title>Shomei 証明 GraphiQL</title>
<link rel="icon" href="data:,">
<link rel="stylesheet" href="/graphiql/graphiql.css">
<link rel="stylesheet" href="/graphiql/page.css">
</head>
<body>
<div id="graphiql"></div>
<script src="/graphiql/react.js"></script>
<script src="/graphiql/react-dom.js"></script>
<script src="/graphiql/graphiql.js"></script>
<script type="module" src="/graphiql/start.js"></script>
</body>
</html>
`;

const STYLE = `html, body, #graphiql { height: 100%; margin: 0; }
.graphiql-container .graphiql-session-header { height: auto; }
.graphiql-container .graphiql-tabs { flex-wrap: wrap; }
`;

/** GraphiQL for the bank's own tools, from this server alone, with the saved operations as tabs. */
export function graphiqlRoutes(app: FastifyInstance): void {
  const operations = savedOperations();

  // A room of its own, so that the policy belongs to its routes and not to how an address is spelled.
  void app.register((room, _options, done) => {
    room.addHook("onRequest", (_request, reply, next) => {
      void reply.header("content-security-policy", POLICY);
      next();
    });
    room.get("/graphiql", (_request, reply) => reply.type("text/html; charset=utf-8").send(PAGE));
    room.get("/graphiql/page.css", (_request, reply) => reply.type("text/css; charset=utf-8").send(STYLE));
    room.get("/graphiql/operations.json", () => operations);
    for (const [name, { file, type }] of Object.entries(assets)) {
      const content = readFileSync(file); // now, and not from a build that may be replaced under a running server
      room.get(`/graphiql/${name}`, (_request, reply) => reply.type(`${type}; charset=utf-8`).send(content));
    }
    done();
  });
}
