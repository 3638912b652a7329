import { Arg, Ctx, Query, Resolver } from "type-graphql";
import { errorCatalog } from "../errorCatalog.js";
import type { Language } from "../errorTable.js";
import { LanguageEnum } from "../enums.js";
import type { RequestContext } from "../RequestContext.js";
import { ErrorCatalogEntryView, errorCatalogEntryView } from "../views/ErrorCatalogEntryView.js";

@Resolver()
export class ErrorCatalogResolver {
  @Query(() => [ErrorCatalogEntryView], { complexity: ({ childComplexity }: { childComplexity: number }) => 1 + errorCatalog.length * childComplexity, description: "Every code that can come back, with its words, the next step and an example." })
  errorCatalog(
    @Arg("language", () => LanguageEnum, { nullable: true, description: "Of the words; the request's (Accept-Language) where not said." }) language: Language | null,
    @Ctx() context: RequestContext,
  ): ErrorCatalogEntryView[] {
    return errorCatalog.map((entry) => errorCatalogEntryView(entry, language ?? context.language));
  }
}
