import { buildSchema, parse, validate } from "graphql";
import { withoutValue } from "../../src/graphql/withoutValue.js";

const SECRET = "Himitsu-1";
const schema = buildSchema(`
  scalar DateTime
  enum Kind { LOGIN }
  input Form { password: String!, days: Int, kind: Kind, isForced: Boolean, id: ID, rate: Float, names: [String!] }
  type Query { send(form: Form, kind: Kind, days: Int, text: String): String }
`);

/** All that is said of a document, by whoever reads it first. */
function said(document: string): string[] {
  try {
    return validate(schema, parse(document)).map(({ message }) => withoutValue(message));
  } catch (error) {
    return [withoutValue((error as Error).message)];
  }
}

it.each([
  ["a text in a number's place", `{ send(days: "${SECRET}") }`, "Int cannot represent non-integer value."],
  ["a number that is none", `{ send(days: 99912345678) }`, "Int cannot represent non 32-bit signed integer value."],
  ["a number in a text's place", `{ send(text: 99912345678) }`, "String cannot represent a non string value."],
  ["an object in a text's place", `{ send(text: { password: "${SECRET}" }) }`, "String cannot represent a non string value."],
  ["a list in a text's place", `{ send(form: { password: ["${SECRET}"] }) }`, "String cannot represent a non string value."],
  ["a text in a boolean's place", `{ send(form: { password: "x", isForced: "${SECRET}" }) }`, "Boolean cannot represent a non boolean value."],
  ["a text in a fraction's place", `{ send(form: { password: "x", rate: "${SECRET}" }) }`, "Float cannot represent non numeric value."],
  ["an object in an id's place", `{ send(form: { password: "x", id: { a: "${SECRET}" } }) }`, "ID cannot represent a non-string and non-integer value."],
  ["a text in an enum's place", `{ send(kind: "${SECRET}") }`, 'Enum "Kind" cannot represent non-enum value.'],
  ["an object in an enum's place", `{ send(form: { password: "x", kind: { a: "${SECRET}" } }) }`, 'Enum "Kind" cannot represent non-enum value.'],
  ["a word that is none of an enum's", `{ send(kind: Himitsu1) }`, 'There is no such value in the "Kind" enum.'],
  ["a text in a form's place", `{ send(form: "${SECRET}") }`, 'Expected value of type "Form".'],
  ["nothing in a text's place", `{ send(form: { password: null }) }`, 'Expected value of type "String!".'],
  ["a text over several lines", `{ send(days: """first\n${SECRET}\nlast""") }`, "Int cannot represent non-integer value."],
  ["a text of marks", `{ send(days: "value: , found ${SECRET}") }`, "Int cannot represent non-integer value."],
  ["a text where none may be", `{ send(text: "x" "${SECRET}") }`, "Syntax Error: Expected Name, found String."],
  ["a text of several lines where none may be", `{ send(text: "x" """${SECRET}""") }`, "Syntax Error: Expected Name, found BlockString."],
  ["a number where none may be", `{ send(text: "x" 99912345678) }`, "Syntax Error: Expected Name, found Int."],
  ["a number behind a query", `{ send(days: 1) } 99912345678`, "Syntax Error: Unexpected Int."],
])("of %s it is said what it should be, not what it was", (_what, document, message) => {
  expect(said(document)).toEqual([message]);
});

it.each([
  ["a field that isn't there", `{ sent }`, 'Cannot query field "sent" on type "Query". Did you mean "send"?'],
  ["what is missing", `{ send(form: { days: 1 }) }`, 'Field "Form.password" of required type "String!" was not provided.'],
  ["a bracket that is missing", `{ send(days: 1) `, "Syntax Error: Expected Name, found <EOF>."],
  ["a bracket too many", `{ send(days: 1)) }`, 'Syntax Error: Expected Name, found ")".'],
])("%s is named", (_what, document, message) => {
  expect(said(document)).toEqual([message]);
});
