/** Where a page ended: the value that the list is sorted by, and the id behind it. */
export interface Cursor {
  key: string;
  id: string;
}

export function encodeCursor({ key, id }: Cursor): string {
  return Buffer.from(JSON.stringify([key, id])).toString("base64url");
}

/** Undefined for what `encodeCursor` can't have made. */
export function decodeCursor(text: string): Cursor | undefined {
  try {
    const parts: unknown = JSON.parse(Buffer.from(text.slice(0, 500), "base64url").toString("utf8"));
    if (!Array.isArray(parts) || parts.length !== 2) return undefined;
    const [key, id] = parts as unknown[];
    return typeof key === "string" && typeof id === "string" && key.isWellFormed() && id.isWellFormed() ? { key, id } : undefined;
  } catch {
    return undefined;
  }
}

/** `text` anywhere in a column, as a LIKE pattern whose escape character is `!`. */
export function containing(text: string): string {
  return `%${text.replace(/[!%_]/g, "!$&")}%`;
}
