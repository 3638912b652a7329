import { appendFileSync } from "node:fs";

const seen = new Set<string>();

/** Notes the codes of an answer, or of the history's `refused` ("path: CODE"), where the whole suite is run: at its end `test/run.ts` asks whether every code was produced. */
export function noteCodes(answer: string): void {
  const file = process.env.SHOMEI_SEEN_CODES;
  if (file === undefined || answer.includes('"errorCatalog"')) return; // which tells of them all
  for (const [, code = ""] of answer.matchAll(/(?:"code":"|: )([A-Z_]+)"/g)) {
    if (seen.has(code)) continue;
    seen.add(code);
    appendFileSync(file, `${code}\n`);
  }
}
