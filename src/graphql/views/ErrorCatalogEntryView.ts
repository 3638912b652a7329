import { Field, Int, ObjectType } from "type-graphql";
import type { CatalogEntry } from "../errorCatalog.js";
import { ErrorChannelEnum } from "../enums.js";
import type { Language } from "../errorTable.js";

@ObjectType("ErrorCatalogEntry", { simpleResolvers: true, description: "A code that can come back, and what it means." })
export class ErrorCatalogEntryView {
  @Field({ description: "As it stands in `userErrors.code` or in `extensions.code`." }) code!: string;
  @Field(() => ErrorChannelEnum, { description: "Where it comes." }) channel!: CatalogEntry["channel"];
  @Field(() => Int, { nullable: true, description: "The HTTP status of an answer in which nothing was executed; null for a USER_ERROR, which comes with what was." })
  httpStatus!: number | null;
  @Field({ description: "What is said. What stands in braces is a fact that comes with it." }) message!: string;
  @Field({ description: "What to do next." }) nextStep!: string;
  @Field({ description: "What brings it about, in English." }) example!: string;
}

export function errorCatalogEntryView({ code, channel, httpStatus, entry }: CatalogEntry, language: Language): ErrorCatalogEntryView {
  const { message, nextStep } = entry[language];
  return Object.assign(new ErrorCatalogEntryView(), { code, channel, httpStatus, message, nextStep, example: entry.example });
}
