import type { ApolloServerPlugin } from "@apollo/server";
import { Kind, visit, type DocumentNode } from "graphql";
import type { Audience } from "../foundation/environment.js";
import { RequestRefusal } from "../foundation/requestRefusals.js";
import { asGraphqlError } from "./presentable.js";
import type { RequestContext } from "./RequestContext.js";

/** Lets nobody ask for the schema but those who may; `__typename` tells nothing and is everybody's. */
export function introspectionPlugin(audience: Audience): ApolloServerPlugin<RequestContext> {
  return {
    requestDidStart: () => Promise.resolve({
      didResolveOperation: ({ document, contextValue: { bearer } }) => {
        const isForAsker = audience === "all" || (audience === "operators" && bearer?.role === "BANK_OPERATOR");
        if (!isForAsker && asksForSchema(document)) throw asGraphqlError(new RequestRefusal("INTROSPECTION_CLOSED"));
        return Promise.resolve();
      },
    }),
  };
}

const known = new WeakMap<DocumentNode, boolean>(); // a good document is kept by the executor, and looked at once

/** Whether it is the schema that is asked for, among others. */
export function asksForSchema(document: DocumentNode): boolean {
  const before = known.get(document);
  if (before !== undefined) return before;
  let does = false;
  visit(document, { [Kind.FIELD]: ({ name }: { name: { value: string } }) => { does ||= name.value === "__schema" || name.value === "__type"; } });
  known.set(document, does);
  return does;
}
