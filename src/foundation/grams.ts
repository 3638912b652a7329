const LONGEST = 4; // characters
const LOOKED_AT = 8; // pieces of a text that is searched

/**
 * Every piece of one to four characters that a folded text has, each once. What the text is found by: a search in it is a
 * look-up in an ordered index then, on every database alike, and one for two kanji as well as one for a whole login ID.
 */
export function gramsOf(text: string): string[] {
  const characters = inKey(text);
  return [...new Set(Array.from({ length: LONGEST }, (_none, index) => pieces(characters, index + 1)).flat())];
}

/**
 * The pieces that whatever contains this text must have: the text itself where it is short enough. Of a longer one some
 * of its longest pieces, both ends among them; whoever has them may still not contain it.
 */
export function gramsIn(text: string): string[] {
  const characters = inKey(text);
  const all = [...new Set(pieces(characters, Math.min(LONGEST, characters.length)))];
  const step = Math.max(1, (all.length - 1) / (LOOKED_AT - 1));
  return all.length <= LOOKED_AT ? all : Array.from({ length: LOOKED_AT }, (_none, index) => all[Math.round(index * step)] ?? "");
}

function pieces(characters: readonly string[], length: number): string[] {
  return Array.from({ length: Math.max(0, characters.length - length + 1) }, (_none, from) => characters.slice(from, from + length).join(""));
}

/** By characters, as LIKE goes by them. MariaDB and MySQL compare keys without the spaces at their end: none is kept. */
function inKey(text: string): string[] {
  return Array.from(text.replaceAll(" ", "␣"));
}
