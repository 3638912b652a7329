import { GraphQLError, Kind, OperationTypeNode, visit, type ASTNode, type DocumentNode, type SelectionSetNode, type ValidationRule } from "graphql";
import { RequestRefusal } from "../foundation/requestRefusals.js";
import { MOST, MOST_ERRORS } from "./limitTable.js";
import { LONGEST_NAME, tooLong } from "./longNames.js";

type Counted = "TOO_MANY_ALIASES" | "TOO_MANY_DIRECTIVES" | "TOO_MANY_FRAGMENTS" | "TOO_MANY_REPEATED_FIELDS";

/**
 * Refuses a document by its shape before graphql-js' own rules see it: comparing repeated fields takes them a time that
 * grows with the square (300 ms for 2,000 tokens), fragments in a circle exhaust their stack, and an unknown name is held
 * against every known one. Once a document: a good one is kept.
 */
export const withinStructure: ValidationRule = (context) => ({
  Document(document) {
    const fault = faultIn(document);
    if (!fault) return;
    for (let times = 0; times <= MOST_ERRORS; times++) context.reportError(fault); // one more than are told ends the validation
  },
});

function faultIn(document: DocumentNode): GraphQLError | undefined {
  const counts = countsIn(document);
  for (const [code, actual] of Object.entries(counts) as [Counted, number][]) {
    const limit = MOST[code];
    if (actual > limit) return new GraphQLError(code, { extensions: { code }, originalError: new RequestRefusal(code, { limit, actual }) });
  }
  if (hasLongName(document)) return tooLong("The document", "GRAPHQL_VALIDATION_FAILED");
  if (document.definitions.some((one) => one.kind === Kind.OPERATION_DEFINITION && one.operation === OperationTypeNode.SUBSCRIPTION)) return new GraphQLError("There are no subscriptions here.");
  const name = nameInCircle(document);
  return name === undefined ? undefined : new GraphQLError(`Cannot spread fragment "${name}" within itself.`);
}

function countsIn(document: DocumentNode): Record<Counted, number> {
  const counts = { TOO_MANY_ALIASES: 0, TOO_MANY_DIRECTIVES: 0, TOO_MANY_FRAGMENTS: 0, TOO_MANY_REPEATED_FIELDS: 0 };
  visit(document, {
    Field({ alias }) { if (alias) counts.TOO_MANY_ALIASES++; },
    Directive() { counts.TOO_MANY_DIRECTIVES++; },
    FragmentSpread() { counts.TOO_MANY_FRAGMENTS++; },
    SelectionSet(set, _key, parent) { if (!isInline(parent)) counts.TOO_MANY_REPEATED_FIELDS += repeatedIn(set); },
  });
  return counts;
}

function hasLongName(document: DocumentNode): boolean {
  let isLong = false;
  const look = ({ value }: { value: string }) => { isLong ||= value.length > LONGEST_NAME; };
  visit(document, { Name: look, EnumValue: look });
  return isLong;
}

function isInline(parent: ASTNode | readonly ASTNode[] | undefined): boolean {
  return parent !== undefined && "kind" in parent && parent.kind === Kind.INLINE_FRAGMENT;
}

/** Inline fragments are no places of their own: what they hold is compared with what stands beside them. */
function repeatedIn(set: SelectionSetNode): number {
  const names = namesIn(set);
  return names.length - new Set(names).size;
}

function namesIn({ selections }: SelectionSetNode): string[] {
  return selections.flatMap((one) => {
    if (one.kind === Kind.FIELD) return [(one.alias ?? one.name).value];
    return one.kind === Kind.INLINE_FRAGMENT ? namesIn(one.selectionSet) : [];
  });
}

/** A fragment that comes back to itself, if there is one. */
function nameInCircle({ definitions }: DocumentNode): string | undefined {
  const spreads = new Map(definitions.flatMap((one) => (one.kind === Kind.FRAGMENT_DEFINITION ? [[one.name.value, spreadsIn(one.selectionSet)] as const] : [])));
  const done = new Set<string>();
  const isInCircle = (name: string, above: readonly string[]): boolean => {
    if (above.includes(name)) return true;
    if (done.has(name)) return false;
    const hasCircle = (spreads.get(name) ?? []).some((next) => isInCircle(next, [...above, name]));
    done.add(name);
    return hasCircle;
  };
  return [...spreads.keys()].find((name) => isInCircle(name, []));
}

function spreadsIn(set: SelectionSetNode): string[] {
  const names: string[] = [];
  visit(set, { FragmentSpread({ name }) { names.push(name.value); } });
  return names;
}
