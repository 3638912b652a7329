import { isUtf8 } from "node:buffer";
import { isStorable } from "../../foundation/text.js";
import { subjectAttributes } from "../profiles.js";
import type { Attribute, ToBeSigned } from "../ToBeSigned.js";

const forms = {
  PrintableString: { tag: 0x13, isWritten: isPrintable },
  UTF8String: { tag: 0x0c, isWritten: isOneLine },
};

/**
 * Country and serialNumber are PrintableStrings, the country two capitals (X.520; RFC 5280 appendix A.1), all else is
 * UTF8String (§4.1.2.4) in well-formed UTF-8 (RFC 3629 §3). No control characters, nor marks that make a name look like another.
 */
export function subjectStrings({ subject }: ToBeSigned): string[] {
  return subject.relativeNames.flat().flatMap((attribute) => {
    const breach = breachOf(attribute);
    return breach === undefined ? [] : `${attribute.type} is ${breach}`;
  });
}

function breachOf({ type, tag, value }: Attribute): string | undefined {
  const known = Object.values(subjectAttributes).find(({ id }) => id === type);
  if (!known) return undefined; // subjectAttributes speaks of it
  const form = forms[known.string];
  if (tag !== form.tag) return `no ${known.string}`;
  if (!form.isWritten(value)) return `no ${known.string} of what may stand in a name`;
  return known === subjectAttributes.country && !/^[A-Z]*$/.test(value.toString("latin1")) ? "not in capitals" : undefined;
}

function isPrintable(value: Buffer): boolean {
  return /^[A-Za-z0-9 '()+,\-./:=?]*$/.test(value.toString("latin1")); // X.680 §41.4
}

function isOneLine(value: Buffer): boolean {
  const text = value.toString("utf8");
  return isUtf8(value) && isStorable(text) && !/[\n\r]/.test(text);
}
