/** PEM of one DER object (RFC 7468), lines of 64. */
export function toPem(label: string, der: Uint8Array): string {
  const lines = Buffer.from(der).toString("base64").match(/.{1,64}/g) ?? [];
  return [`-----BEGIN ${label}-----`, ...lines, `-----END ${label}-----`, ""].join("\n");
}

/** The only PEM block of `text`, or bare base64, as bytes. Undefined where there is anything else, or more than one. */
export function fromPem(text: string, labels: readonly string[]): Buffer | undefined {
  const block = /^\s*-----BEGIN ([A-Z0-9 ]+)-----([\s\S]*?)-----END ([A-Z0-9 ]+)-----\s*$/.exec(text);
  if (block && (block[1] !== block[3] || !labels.includes(block[1] ?? ""))) return undefined;
  const base64 = (block ? (block[2] ?? "") : text).replace(/\s/g, "");
  // Buffer.from skips what isn't base64; a strict reader refuses it.
  return /^(?:[A-Za-z0-9+/]{4})+(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$|^(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)$/.test(base64)
    ? Buffer.from(base64, "base64")
    : undefined;
}
