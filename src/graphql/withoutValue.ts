/** "String cannot represent a non string value: {…}", "Expected value of type "X", found {…}.": in literals. */
const LITERAL = /^((?:\w+ cannot represent .*? value|Expected value of type "[\w[\]!]+"))(?:: |, found ).*$/s;
const BEGINNING = /^Variable "(\$\w+)" got invalid value /;
const PLACE = / at "\w+[\w.[\]]*"(?=; )/g;
const REASON = /; ((?:Field "\w+" (?:of required type "[\w[\]!]+" was not provided|is not defined by type "\w+")|Expected [\w -]*type "[\w[\]!]+" (?:not to be null|to be an object))\.)$/;

/**
 * What graphql-js says of a variable or a literal that doesn't fit: which, where and what is missing. Not the value, which it repeats
 * whole: a form carries passwords, and answers are kept in places where those must not be.
 */
export function withoutValue(message: string): string {
  const variable = BEGINNING.exec(message)?.[1];
  if (variable === undefined) return message.replace(LITERAL, "$1.");
  const place = message.match(PLACE)?.at(-1) ?? "";
  const reason = REASON.exec(message)?.[1];
  return `Variable "${variable}" got an invalid value${place}${reason === undefined ? "." : `: ${reason}`}`;
}
