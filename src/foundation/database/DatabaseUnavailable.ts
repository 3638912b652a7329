import { RequestRefusal } from "../requestRefusals.js";

const RETRY_AFTER_S = 5;

/** No host of the database serves, and hasn't for longer than a request can wait: nobody's fault who asks. */
export class DatabaseUnavailable extends RequestRefusal {
  /** `isOutcomeUnknown`: a COMMIT was sent, and there is nobody to ask what became of it. */
  constructor(cause: unknown, readonly isOutcomeUnknown = false) {
    super("DATABASE_UNAVAILABLE", { retryAfter: RETRY_AFTER_S });
    this.cause = cause;
  }
}
