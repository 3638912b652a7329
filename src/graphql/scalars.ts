import { GraphQLError, GraphQLScalarType, Kind } from "graphql";
import { parseSerialNumber } from "../pki/serialNumber.js";

export { GraphQLDateTime as DateTime, GraphQLLocalDate as LocalDate, GraphQLUUID as UUID } from "graphql-scalars";

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
