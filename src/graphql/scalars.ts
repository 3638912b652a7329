import { GraphQLError, GraphQLScalarType, Kind, type GraphQLScalarTypeConfig } from "graphql";
import { GraphQLDateTime } from "graphql-scalars";
import { isoOf } from "../foundation/clock.js";
import { parseSerialNumber } from "../pki/serialNumber.js";

export { GraphQLLocalDate as LocalDate, GraphQLUUID as UUID } from "graphql-scalars";

/** An instant. Given out as text: as a Date it would take JSON several times as long. */
export const DateTime = new GraphQLScalarType<Date, unknown>({
  ...(GraphQLDateTime.toConfig() as GraphQLScalarTypeConfig<Date, unknown>),
  serialize: (value) => isoOf(GraphQLDateTime.serialize(value)),
});

/** A certificate's serial. What comes in may be written in any usual way; what goes out has one form. */
export const SerialNumber = new GraphQLScalarType<string, string>({
  name: "SerialNumber",
  description:
    "A certificate's serial number: a positive integer of at most 20 octets. Given out as lower-case hex of even length; " +
    "accepted with capitals, colons, spaces, 0x and leading zeros, too.",
  serialize: (value) => String(value),
  parseValue: (value) => parsed(value),
  parseLiteral: (node) => parsed(node.kind === Kind.STRING ? node.value : undefined),
});

function parsed(value: unknown): string {
  const serialNumber = typeof value === "string" ? parseSerialNumber(value) : undefined;
  if (serialNumber === undefined) {
    throw new GraphQLError("SerialNumber: a positive integer of at most 20 octets in hexadecimal is expected", {
      extensions: { code: "BAD_USER_INPUT" },
    });
  }
  return serialNumber;
}
