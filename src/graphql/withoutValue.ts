/** "String cannot represent a non string value: {…}", "Enum "X" cannot …", "Expected value of type "X", found {…}.": in literals. */
const LITERAL = /^((?:\w+(?: "\w+")? cannot represent .*? value|Expected value of type "[\w[\]!]+"))(?:: |, found ).*$/s;
const ENUM_LITERAL = /^Value "\w+" does not exist in "(\w+)" enum\..*$/s;
/** "Syntax Error: Expected Name, found String "…".": a document that was cut in the wrong place. */
const TOKEN = /^(Syntax Error: .*?(?:String|BlockString|Int|Float)) ".*"\.$/s;
const BEGINNING = /^Variable "(\$\w+)" got invalid value /;
const PLACE = / at "\w+[\w.[\]]*"(?=; )/g;
const REASON = /; ((?:Field "\w+" (?:of required type "[\w[\]!]+" was not provided|is not defined by type "\w+")|Expected [\w -]*type "[\w[\]!]+" (?:not to be null|to be an object))\.)$/;

/**
 * What graphql-js says of a variable or a literal that doesn't fit: which, where and what is missing. Not the value, which it repeats
 * whole: a form carries passwords, and answers are kept in places where those must not be.
 */
export function withoutValue(message: string): string {
  const variable = BEGINNING.exec(message)?.[1];
  if (variable === undefined) return message.replace(LITERAL, "$1.").replace(ENUM_LITERAL, 'There is no such value in the "$1" enum.').replace(TOKEN, "$1.");
  const place = message.match(PLACE)?.at(-1) ?? "";
  const reason = REASON.exec(message)?.[1];
  return `Variable "${variable}" got an invalid value${place}${reason === undefined ? "." : `: ${reason}`}`;
}
