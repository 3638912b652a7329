import { CriticalityLevel, diff } from "@graphql-inspector/core";
import type { GraphQLSchema } from "graphql";
import { unreleasedIn } from "../../src/cli/changelog.js";

/**
 * Where CHANGELOG and contract disagree: what breaks for those who have the released contract and isn't announced, and what
 * is announced and isn't so.
 */
export async function announcementFaults(released: GraphQLSchema, served: GraphQLSchema, changelog: string): Promise<string[]> {
  const changes = await diff(released, served);
  const breaking = changes.filter(({ criticality }) => criticality.level === CriticalityLevel.Breaking).map(({ path = "schema", message }) => ({ path, message }));
  const announced = announcedIn(unreleasedIn(changelog));
  return [
    ...breaking.filter(({ path }) => !announced.includes(path)).map(({ path, message }) => `${path} breaks unannounced: ${message}`),
    ...announced.filter((path) => !breaking.some((change) => change.path === path)).map((path) => `${path} is announced and isn't broken`),
  ];
}

/** The paths that list items under “Breaking changes” begin with, in backticks. */
function announcedIn(unreleased: string): string[] {
  const section = unreleased.split(/^### /m).find((part) => part.startsWith("Breaking changes\n")) ?? "";
  return section.split(/^- /m).slice(1).map((item) => /^`([^`]+)`/.exec(item)?.[1] ?? "an item without a path");
}
