import type { FastifyRequest } from "fastify";
import Negotiator from "negotiator";
import { languages, type Language } from "../graphql/wording.js";

/** The language that the request asks for, of those we have. */
export function languageOf({ raw }: FastifyRequest): Language {
  if (raw.headers["accept-language"] === undefined) return "ja"; // as negotiating would come to, but sooner
  const [preferred] = new Negotiator(raw).languages([...languages]);
  return languages.find((language) => language === preferred) ?? "ja";
}
