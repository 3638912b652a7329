import { subjectAttributes } from "../profiles.js";
import type { ToBeSigned } from "../ToBeSigned.js";

/** As many characters, not octets, as X.520 allows (RFC 5280 appendix A.1: the upper bounds). */
export function subjectLengths({ subject }: ToBeSigned): string[] {
  return subject.relativeNames.flat().flatMap(({ type, value }) => {
    const known = Object.values(subjectAttributes).find(({ id }) => id === type);
    if (!known) return []; // subjectAttributes speaks of it
    const length = Array.from(value.toString("utf8")).length;
    return length < known.fewest || length > known.most ? `${type} of ${length} characters, not ${known.fewest} to ${known.most}` : [];
  });
}
