import type { ApolloServerPlugin } from "@apollo/server";
import { getOperationAST, Kind, OperationTypeNode, type DocumentNode, type SelectionSetNode } from "graphql";
import { Unauthenticated } from "../foundation/refusals.js";
import { recordTurnedAway } from "../history/audited.js";
import { isWorthless, reportRevoked, unauthenticatedBy } from "../identity/presentedCertificate.js";
import { deeds, type DeedAction } from "../policy/deeds.js";
import { causeOf } from "./presentable.js";
import type { RequestContext } from "./RequestContext.js";

/**
 * A certificate that lets nobody in refuses the whole request that it came with. Only a sign-in goes on: it refuses
 * itself, in words for the person at the screen.
 */
export const certificatePlugin: ApolloServerPlugin<RequestContext> = {
  requestDidStart: () => Promise.resolve({
    didResolveOperation: async ({ document, request, contextValue: { desk, origin, presented } }) => {
      if (!isWorthless(presented)) return;
      const action = attemptedDeed(document, request.operationName);
      if (action === "SIGN_IN") return;
      await reportRevoked(desk, origin, presented, action);
      throw unauthenticatedBy(presented);
    },
  }),
};

/**
 * A mutation that failed before its use case (an unknown reason, a missing field, a session that is over) is an attempt,
 * too, of whoever is signed in or was. What fails later is recorded by the use case.
 */
export const turnedAwayPlugin: ApolloServerPlugin<RequestContext> = {
  requestDidStart: () => Promise.resolve({
    didEncounterErrors: async ({ document, request, errors, contextValue: { desk, origin, former, bearer, presented } }) => {
      const action = document && attemptedDeed(document, request.operationName);
      const by = former ?? bearer;
      const isBeforeExecution = errors.every((error) => error.path === undefined);
      const isByCertificate = isBeforeExecution && errors.some((error) => causeOf(error) instanceof Unauthenticated);
      if (isBeforeExecution && presented?.status === "REVOKED") {
        if (!isByCertificate) await reportRevoked(desk, origin, presented, action); // else it is said already
        return;
      }
      if (!action || !by) return;
      if (isByCertificate) await recordTurnedAway(desk, { action, origin, by }, "UNAUTHENTICATED");
      else if (isBeforeExecution) await recordTurnedAway(desk, { action, origin, by }, "BAD_REQUEST");
      else if (former && action !== "SIGN_IN" && action !== "OPERATOR_SIGN_IN") await recordTurnedAway(desk, { action, origin, by }, "UNAUTHENTICATED");
    },
  }),
};

/** The deed that the chosen operation was to be; the document may be invalid, so its fragments may run in a circle. */
function attemptedDeed(document: DocumentNode, operationName: string | null | undefined): DeedAction | undefined {
  const operation = getOperationAST(document, operationName);
  if (operation?.operation !== OperationTypeNode.MUTATION) return undefined;
  const fragments = new Map(document.definitions.filter((one) => one.kind === Kind.FRAGMENT_DEFINITION).map((one) => [one.name.value, one.selectionSet]));

  const unread = [operation.selectionSet];
  const seen = new Set<SelectionSetNode>();
  for (let set = unread.pop(); set; set = unread.pop()) {
    if (seen.has(set)) continue;
    seen.add(set);
    for (const selection of set.selections) {
      if (selection.kind === Kind.FIELD) {
        const deed = deeds[selection.name.value];
        if (deed) return deed.action;
      } else {
        const inner = selection.kind === Kind.INLINE_FRAGMENT ? selection.selectionSet : fragments.get(selection.name.value);
        if (inner) unread.push(inner);
      }
    }
  }
  return undefined;
}
