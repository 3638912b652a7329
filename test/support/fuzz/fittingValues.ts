import { isEnumType, isInputObjectType, isListType, isNonNullType, isRequiredInputField, type GraphQLInputType } from "graphql";
import type { Random } from "./Random.js";

/** Values that mean something, by the names of fields and arguments: ids that exist, passwords that are right. */
export type Known = Readonly<Record<string, readonly unknown[]>>;

/** Stands where another value is to be put in: `"@@"` in JSON and in a document alike. */
export const HOLE = "@@";

/** A value of this type. What may be left out is there half of the time; along `path` always, with the hole at its end. */
export function fittingValue(random: Random, type: GraphQLInputType, name: string, known: Known, path?: readonly string[]): unknown {
  if (isNonNullType(type)) return fittingValue(random, type.ofType, name, known, path);
  if (path?.length === 0) return HOLE;
  if (isListType(type)) {
    const count = path ? 1 : random.below(3);
    return Array.from({ length: count }, () => fittingValue(random, type.ofType, name, known, path));
  }
  if (isInputObjectType(type)) {
    const fields = Object.values(type.getFields()).filter((field) => field.name === path?.[0] || isRequiredInputField(field) || random.chance(0.5));
    return Object.fromEntries(fields.map((field) => [field.name, fittingValue(random, field.type, field.name, known, field.name === path?.[0] ? path.slice(1) : undefined)]));
  }
  const [first, ...others] = known[name] ?? [];
  if (first !== undefined && random.chance(0.9)) return random.pick(first, ...others);
  if (isEnumType(type)) return random.pick("", ...type.getValues().map((one) => one.name)) || type.getValues()[0]?.name;
  return (scalars[type.name] ?? scalars.String)?.(random);
}

const scalars: Record<string, (random: Random) => unknown> = {
  String: (random) => random.pick("", "example1", "経理三郎", "2026-12-28", "5120", "a@b.example"),
  ID: (random) => random.pick("usr_01ARZ3NDEKTSV4RRFFQ69G5FAV", "nobody"),
  Int: (random) => random.pick(0, 1, 2, 20, 100, 101),
  Float: () => 0.5,
  Boolean: (random) => random.chance(0.5),
  LocalDate: (random) => random.pick("2026-11-01", "2026-12-31", "2028-02-29"),
  DateTime: (random) => random.pick("2026-11-24T00:00:00Z", "2026-12-31T23:59:59.999+09:00"),
  SerialNumber: () => "0x0a",
  UUID: () => "6f1c3f0e-4a5b-4c0e-9b1a-2d3e4f5a6b7c",
};

/** The value as a document has it: names of enums and keys without quotes. */
export function literalOf(type: GraphQLInputType, value: unknown): string {
  if (isNonNullType(type)) return literalOf(type.ofType, value);
  if (value === HOLE || value === null || value === undefined) return JSON.stringify(value ?? null);
  if (isListType(type)) return Array.isArray(value) ? `[${value.map((one) => literalOf(type.ofType, one)).join(", ")}]` : literalOf(type.ofType, value);
  if (isEnumType(type)) return value as string;
  if (!isInputObjectType(type)) return JSON.stringify(value);
  const fields = type.getFields();
  return `{ ${Object.entries(value).map(([name, one]) => `${name}: ${fields[name] ? literalOf(fields[name].type, one) : "null"}`).join(", ")} }`;
}
