import { OperatorError } from "../foundation/OperatorError.js";

/** What CHANGELOG says of the next release, without its heading. */
export function unreleasedIn(changelog: string): string {
  const [, rest] = changelog.split(/^## Unreleased$/m);
  if (rest === undefined) throw new OperatorError("CHANGELOG.md has no “## Unreleased”");
  return rest.split(/^## /m)[0]?.trim() ?? "";
}

/** CHANGELOG with what is unreleased under this version, and nothing unreleased any more. Refuses to release nothing, or a version twice. */
export function withRelease(changelog: string, version: string, day: string): string {
  if (unreleasedIn(changelog) === "") throw new OperatorError("nothing in CHANGELOG.md is unreleased");
  if (changelog.includes(`\n## ${version} — `)) throw new OperatorError(`CHANGELOG.md has ${version} already: raise the version in package.json first`);
  return changelog.replace(/^## Unreleased$/m, `## Unreleased\n\n## ${version} — ${day}`);
}
