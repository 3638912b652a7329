import type { FastifyRequest } from "fastify";
import Negotiator from "negotiator";
import { languages, type Language } from "../graphql/wording.js";

/** The language that the request asks for, of those we have. */
export function languageOf(request: FastifyRequest): Language {
  const [preferred] = new Negotiator(request.raw).languages([...languages]);
  return languages.find((language) => language === preferred) ?? "ja";
}
