import { spawnSync } from "node:child_process";
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { buildSchema } from "graphql";
import { unreleasedIn, withRelease } from "../../src/cli/changelog.js";
import { houseSchema } from "../../src/graphql/schema.js";
import { announcementFaults } from "../support/announcementFaults.js";
import { scratchFolder } from "../support/scratch.js";

describe("what breaks the released contract", () => {
  it("is announced in CHANGELOG, and nothing else is", async () => {
    const released = buildSchema(readFileSync("schema/released.graphql", "utf8"));
    expect(await announcementFaults(released, await houseSchema(), readFileSync("CHANGELOG.md", "utf8"))).toEqual([]);
  });

  const before = "type Query { user(id: ID, size: Int): User } type User { name: String! shoeSize: Int } enum Kind { MASTER PUBLIC } input Filter { kind: Kind }";

  it.each([
    ["a field that is gone", before.replace("shoeSize: Int", ""), "User.shoeSize"],
    ["an argument that must be said now", before.replace("id: ID", "id: ID!"), "Query.user.id"],
    ["an argument that is new and must be said", before.replace("id: ID", "id: ID, of: ID!"), "Query.user.of"],
    ["an enum value that is gone", before.replace(" PUBLIC", ""), "Kind.PUBLIC"],
    ["an answer that can be null now", before.replace("name: String!", "name: String"), "User.name"],
    ["another type", before.replace("shoeSize: Int", "shoeSize: String"), "User.shoeSize"],
    ["an input field that must be said now", before.replace("kind: Kind", "kind: Kind!"), "Filter.kind"],
    ["a type that is gone", before.replace("input Filter { kind: Kind }", ""), "Filter"],
  ])("%s fails without its announcement and passes with it", async (_what, after, path) => {
    const faults = (unreleased: string) => announcementFaults(buildSchema(before), buildSchema(after), changelogOf(unreleased));
    const unannounced: unknown[] = [expect.stringMatching(`^${path} breaks unannounced: `)];
    expect(await faults("")).toEqual(unannounced);
    expect(await faults(`### Breaking changes\n- \`${path}\`: use something else.\n`)).toEqual([]);
    expect(await faults(`### Breaking changes\n- \`${path}\`, which nobody used,\n  is gone: see \`User.name\`.\n\n### Added\n- \`Query.contract\`\n`)).toEqual([]);
    expect(await faults(`- \`${path}\` is gone.\n`)).toEqual(unannounced); // not where one looks for it
    expect(await faults(`### Breaking changes\n- The path ${path} is gone.\n`)).toEqual([...unannounced, "an item without a path is announced and isn't broken"]);
  });

  it("is nothing that was announced with an earlier release", async () => {
    const after = buildSchema(before.replace("shoeSize: Int", ""));
    const changelog = `${changelogOf("")}### Breaking changes\n- \`User.shoeSize\`: gone.\n`;
    expect(await announcementFaults(buildSchema(before), after, changelog)).toEqual([expect.stringMatching(/^User\.shoeSize breaks/)]);
  });

  it("is no announcement of what isn't there", async () => {
    const faults = await announcementFaults(buildSchema(before), buildSchema(before), changelogOf("### Breaking changes\n- `User.shoeSize`: gone.\n"));
    expect(faults).toEqual(["User.shoeSize is announced and isn't broken"]);
  });

  it("isn't what is only added, described anew or deprecated", async () => {
    const after = before.replace("shoeSize: Int", "\"In millimetres.\" shoeSize: Int @deprecated(reason: \"x\") nick: String").replace("size: Int", "size: Int, of: ID");
    expect(await announcementFaults(buildSchema(before), buildSchema(after), changelogOf(""))).toEqual([]);
  });
});

describe("a release", () => {
  it("leaves nothing unreleased and puts what was under its version and day", () => {
    const changelog = withRelease(changelogOf("- Something new.\n"), "0.2.0", "2027-01-15");
    expect(changelog).toBe("# Changelog\n\n## Unreleased\n\n## 0.2.0 — 2027-01-15\n- Something new.\n\n## 0.1.0 — 2026-11-28\n- The first.\n");
    expect(unreleasedIn(changelog)).toBe("");
  });

  it("is cut by `npm run schema -- --release`, and not a second time", () => {
    const folder = scratchFolder("shomei-release-");
    const [inFolder, cut] = [(file: string) => join(folder, file), () => spawnSync(process.execPath, [resolve("dist/src/cli/schema.js"), "--release"], { cwd: folder, encoding: "utf8" })];
    for (const name of ["schema", "docs"]) mkdirSync(inFolder(name));
    writeFileSync(inFolder("README.md"), "");
    writeFileSync(inFolder("package.json"), JSON.stringify({ version: "0.2.0" }));
    writeFileSync(inFolder("CHANGELOG.md"), changelogOf("- Something new.\n"));

    expect(cut()).toMatchObject({ status: 0, stderr: "" });
    expect(readFileSync(inFolder("schema/released.graphql"), "utf8")).toBe(readFileSync("schema/schema.graphql", "utf8"));
    expect(readFileSync(inFolder("CHANGELOG.md"), "utf8")).toMatch(/## Unreleased\n\n## 0\.2\.0 — \d{4}-\d{2}-\d{2}\n- Something new/);

    writeFileSync(inFolder("schema/released.graphql"), "");
    expect(cut()).toMatchObject({ status: 2, stderr: "nothing in CHANGELOG.md is unreleased\n" });
    expect(readFileSync(inFolder("schema/released.graphql"), "utf8")).toBe("");
    rmSync(folder, { recursive: true });
  });

  it.each([
    ["nothing", changelogOf("\n"), "0.2.0", "nothing in CHANGELOG.md is unreleased"],
    ["a version for the second time", changelogOf("- New.\n"), "0.1.0", "CHANGELOG.md has 0.1.0 already: raise the version in package.json first"],
    ["without its heading", "# Changelog\n", "0.2.0", "CHANGELOG.md has no “## Unreleased”"],
  ])("of %s is refused", (_what, changelog, version, message) => {
    expect(() => withRelease(changelog, version, "2027-01-15")).toThrow(message);
  });
});

function changelogOf(unreleased: string): string {
  return `# Changelog\n\n## Unreleased\n${unreleased}\n## 0.1.0 — 2026-11-28\n- The first.\n`;
}
