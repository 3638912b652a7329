import { isEnumType, isInputObjectType, isInterfaceType, isIntrospectionType, isObjectType, type GraphQLNamedType, type GraphQLSchema } from "graphql";
import { daysFromTo, isDay } from "../../src/foundation/japanTime.js";

/** Half a year, less a few days: what is announced in one release is removed in none that follows at once. */
const DAYS_OF_NOTICE = 180;

const FORM = /^Use `([^`]+)` instead\. Deprecated (\S+), removed not before (\S+)\.( \S.*)?$/;

interface Part {
  owner: string;
  name: string;
  reason: string | null | undefined;
}

/**
 * Every deprecation that doesn't say by what it is replaced, since when, and until when it stays at least. The replacement is
 * a part of the same type or `Type.part`, and isn't deprecated itself.
 */
export function deprecationFaults(schema: GraphQLSchema): string[] {
  const parts = Object.values(schema.getTypeMap()).filter((type) => !isIntrospectionType(type)).flatMap(partsOf);
  const lasting = new Set(parts.filter(({ reason }) => typeof reason !== "string").map(({ owner, name }) => `${owner}.${name}`));
  return parts.flatMap(({ owner, name, reason }) => {
    const fault = typeof reason === "string" ? faultOf(reason, (replacement) => lasting.has(replacement) || lasting.has(`${owner}.${replacement}`)) : undefined;
    return fault === undefined ? [] : [`${owner}.${name}: ${fault}`];
  });
}

function faultOf(reason: string, lasts: (replacement: string) => boolean): string | undefined {
  const [, replacement = "", since = "", until = ""] = FORM.exec(reason) ?? [];
  if (replacement === "") return "say: Use `…` instead. Deprecated YYYY-MM-DD, removed not before YYYY-MM-DD.";
  if (!isDay(since) || !isDay(until)) return "a date that there isn't";
  if (daysFromTo(since, until) <= DAYS_OF_NOTICE) return `removed within ${String(DAYS_OF_NOTICE)} days`;
  return lasts(replacement) ? undefined : `\`${replacement}\` isn't there, or is deprecated itself`;
}

function partsOf(type: GraphQLNamedType): Part[] {
  if (isEnumType(type)) return type.getValues().map(({ name, deprecationReason }) => ({ owner: type.name, name, reason: deprecationReason }));
  if (isInputObjectType(type)) return Object.values(type.getFields()).map(({ name, deprecationReason }) => ({ owner: type.name, name, reason: deprecationReason }));
  if (!isObjectType(type) && !isInterfaceType(type)) return [];
  return Object.values(type.getFields()).flatMap(({ name, deprecationReason, args }) => [
    { owner: type.name, name, reason: deprecationReason },
    ...args.map((argument) => ({ owner: `${type.name}.${name}`, name: argument.name, reason: argument.deprecationReason })),
  ]);
}
