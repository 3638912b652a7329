import DataLoader from "dataloader";
import type { ExecutionResult } from "graphql";
import { acknowledgementsOf, alertsByIds, type Acknowledgement, type AlertFacts } from "../alerts/readAlerts.js";
import { lastDaysToAct, type ContractDeadline } from "../calendar/readCalendar.js";
import type { CertificateDesk } from "../certificates/CertificateDesk.js";
import {
  certificatesByIds, successorsOf, x509Of, type CertificateFacts,
} from "../certificates/readCertificates.js";
import { contractsByIds, type ContractFacts } from "../contracts/readContracts.js";
import { noticesByIds, type NoticeFacts } from "../desk/readNotices.js";
import { operatorsByIds, type OperatorFacts } from "../desk/readOperators.js";
import { requestsByIds, type RequestFacts } from "../desk/readRequests.js";
import { Unauthenticated, type FormerActor } from "../foundation/refusals.js";
import type { HistoryDesk } from "../history/checkpoints.js";
import type { PresentedCertificate } from "../identity/presentedCertificate.js";
import type { SignedIn } from "../identity/sessions.js";
import type { ReceptionDesk } from "../identity/signIn.js";
import type { TrustedDocuments } from "../partners/trustedDocuments.js";
import type { Actor, Origin } from "../policy/Actor.js";
import { companiesByIds, companiesOf, companiesOfContracts, type CompanyFacts } from "../users/readCompanies.js";
import { passwordsOf, type PasswordFacts } from "../users/readPasswords.js";
import { powersOf, type PowerFacts } from "../users/readPowers.js";
import { usersByIds, type UserFacts } from "../users/readUsers.js";
import type { Language } from "./wording.js";

/** What the front desk works with. */
export type FrontDesk = CertificateDesk & ReceptionDesk & HistoryDesk & { documents: TrustedDocuments };

export interface Loaders {
  user: DataLoader<string, UserFacts | null>;
  companies: DataLoader<string, CompanyFacts[]>;
  company: DataLoader<string, CompanyFacts | null>;
  contractCompanies: DataLoader<string, CompanyFacts[]>;
  passwords: DataLoader<string, PasswordFacts[]>;
  certificate: DataLoader<string, CertificateFacts | null>;
  successor: DataLoader<string, CertificateFacts | null>;
  x509: DataLoader<string, Buffer | null>;
  contract: DataLoader<string, ContractFacts | null>;
  operator: DataLoader<string, OperatorFacts | null>;
  approvalRequest: DataLoader<string, RequestFacts | null>;
  alert: DataLoader<string, AlertFacts | null>;
  acknowledgements: DataLoader<string, Acknowledgement[]>;
  notice: DataLoader<string, NoticeFacts | null>;
  powers: DataLoader<string, PowerFacts | null>;
  lastDayToAct: DataLoader<ContractDeadline, string | null, string>;
}

/**
 * One request at the front desk. A class, because Apollo copies the context before each operation: own fields are
 * copied, the getters stay getters.
 */
export class RequestContext {
  private known: Loaders | undefined;
  /** What came of the operation, where it was run before Apollo came to it. */
  ran: ExecutionResult | undefined;

  /** `recognized` is what came of looking the request's token up: somebody, nobody, or why it is worth nothing. */
  constructor(
    readonly desk: FrontDesk,
    readonly origin: Origin,
    readonly language: Language,
    /** The client certificate that came with the request, if one did. */
    readonly presented: PresentedCertificate | null,
    private recognized: SignedIn | Unauthenticated | null,
  ) {}

  /** Who bears the request's token; null where it bore none. Throws Unauthenticated where the token is worth nothing. */
  get signedIn(): SignedIn | null {
    if (this.recognized instanceof Unauthenticated) throw this.recognized;
    return this.recognized;
  }

  /** Who is signed in, if anybody; never throws. */
  get bearer(): Actor | null {
    return this.recognized instanceof Unauthenticated ? null : (this.recognized?.actor ?? null);
  }

  /** Whose token it is that is worth nothing any more, where that is known. */
  get former(): FormerActor | null {
    return this.recognized instanceof Unauthenticated ? (this.recognized.former ?? null) : null;
  }

  /** Who asks; throws Unauthenticated for nobody. */
  get actor(): Actor {
    if (!this.signedIn) throw new Unauthenticated("NOBODY");
    return this.signedIn.actor;
  }

  get loaders(): Loaders {
    return (this.known ??= loadersFor(this.desk, this.actor));
  }

  /** Goes on as whoever has just signed in: the rest of the answer is theirs. */
  becomes(signedIn: SignedIn): void {
    this.recognized = signedIn;
    this.known = undefined;
  }
}

/** Of this request and this actor alone: what was read for one is never shown to another. */
function loadersFor(desk: FrontDesk, actor: Actor): Loaders {
  return {
    user: new DataLoader((ids) => usersByIds(desk, actor, ids)),
    companies: new DataLoader((ids) => companiesOf(desk, actor, ids)),
    company: new DataLoader((ids) => companiesByIds(desk, actor, ids)),
    contractCompanies: new DataLoader((ids) => companiesOfContracts(desk, actor, ids)),
    passwords: new DataLoader((ids) => passwordsOf(desk, actor, ids)),
    certificate: new DataLoader((ids) => certificatesByIds(desk, actor, ids)),
    successor: new DataLoader((ids) => successorsOf(desk, actor, ids)),
    x509: new DataLoader((ids) => x509Of(desk, actor, ids)),
    contract: new DataLoader((ids) => contractsByIds(desk, actor, ids)),
    operator: new DataLoader((ids) => operatorsByIds(desk, actor, ids)),
    approvalRequest: new DataLoader((ids) => requestsByIds(desk, actor, ids)),
    alert: new DataLoader((ids) => alertsByIds(desk, actor, ids)),
    acknowledgements: new DataLoader((ids) => acknowledgementsOf(desk, actor, ids)),
    notice: new DataLoader((ids) => noticesByIds(desk, actor, ids)),
    powers: new DataLoader((ids) => powersOf(desk, actor, ids)),
    lastDayToAct: new DataLoader((deadlines) => lastDaysToAct(desk, actor, deadlines), {
      cacheKeyFn: ({ contractId, at }) => `${contractId} ${at.toISOString()}`,
    }),
  };
}
