// The floors of docs/design: imports only go down; rooms on one floor don't know each other.
const floors = [
  ["foundation"],
  ["pki", "policy"],
  ["history", "notices"],
  ["identity"],
  ["authorities", "partners"],
  ["certificates", "contracts", "calendar", "alerts"],
  ["users"],
  ["desk"],
  ["validation"],
  ["demo", "graphql", "watch"],
  ["http"],
];
const pathOf = (rooms) => `^src/(${rooms.join("|")})/`;

const onlyDown = floors.slice(0, -1).map((rooms, floor) => ({
  name: `floor ${floor} (${rooms.join(", ")}) imports only what is below it`,
  severity: "error",
  from: { path: pathOf(rooms) },
  to: { path: pathOf(floors.slice(floor + 1).flat()) },
}));

const apart = floors.filter((rooms) => rooms.length > 1).flatMap((rooms) => rooms.map((room) => ({
  name: `${room} doesn't know its neighbours`,
  severity: "error",
  from: { path: pathOf([room]) },
  to: { path: pathOf(rooms.filter((other) => other !== room)) },
})));

module.exports = {
  forbidden: [
    { name: "no cycles", severity: "error", from: {}, to: { circular: true } },
    ...onlyDown,
    ...apart,
    {
      name: "nothing imports the street: main, the house, commands",
      severity: "error",
      from: { path: "^src/[a-z]+/", pathNot: "^src/cli/" },
      to: { path: "^src/([a-z]+\\.ts$|cli/)" },
    },
    {
      name: "vault and rulebook reach no database, no GraphQL, no server, no environment",
      severity: "error",
      from: { path: pathOf(["pki", "policy"]) },
      to: { path: "node_modules/(typeorm|type-graphql|graphql|@apollo|fastify|mysql2|better-sqlite3)/|^src/foundation/(config|database)" },
    },
    {
      name: "only the ground floor knows the drivers",
      severity: "error",
      from: { path: "^src/", pathNot: "^src/foundation/database/" },
      to: { path: "node_modules/(mysql2|better-sqlite3)/" },
    },
    { name: "no unlisted packages", severity: "error", from: { path: "^src/" }, to: { dependencyTypes: ["npm-no-pkg", "npm-unknown", "npm-dev"] } },
  ],
  options: {
    doNotFollow: { path: "node_modules" },
    tsConfig: { fileName: "tsconfig.json" },
    tsPreCompilationDeps: "specify",
    enhancedResolveOptions: { exportsFields: ["exports"], conditionNames: ["import", "node", "default", "types"] },
  },
};
