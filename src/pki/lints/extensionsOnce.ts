import type { ToBeSigned } from "../ToBeSigned.js";

/** No extension twice: which of two counts, each reader decides for itself (RFC 5280 §4.2). */
export function extensionsOnce({ extensions }: ToBeSigned): string[] {
  const ids = extensions.map(({ id }) => id);
  const repeated = ids.filter((id, index) => ids.indexOf(id) !== index);
  return Array.from(new Set(repeated), (id) => `${id} more than once`);
}
