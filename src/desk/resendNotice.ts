import type { Desk } from "../foundation/desk.js";
import { isId } from "../foundation/ids.js";
import { Refusal } from "../foundation/refusals.js";
import { performAs } from "../identity/performAs.js";
import { User } from "../identity/User.js";
import { Notice } from "../notices/Notice.js";
import type { Actor } from "../policy/Actor.js";
import { authorize, authorizeRole } from "../policy/authorize.js";

/**
 * Has a mail that was given up sent again, to the address that it was written to: a code must not follow one that was changed
 * since. Refuses with BANK_ONLY, NOT_FOUND, NOT_DEAD, ENROLLMENT_CODE_DEAD.
 */
export function resendNotice(desk: Desk, actor: Actor, { noticeId: id, note = null }: { noticeId: string; note?: string | null }): Promise<Notice> {
  return performAs(desk, actor, { action: "NOTICE_RESEND", note }, async (tx, findings) => {
    authorizeRole(actor, "resend", "Notice");
    const notice = isId(id) ? await tx.findOneBy(Notice, { id }) : null;
    if (!notice) throw new Refusal("NOT_FOUND"); // as for a foreign one, to the letter
    const { bankId, contractId, kind, tries, lastError } = notice;
    if (bankId === actor.bankId) {
      Object.assign(findings, { contractId, before: { notice: id, kind, state: notice.state, tries, lastError } });
      findings.target = await tx.findOneByOrFail(User, { id: notice.recipientId });
    }
    authorize(actor, "resend", "Notice", { bankId });

    if (kind === "ENROLLMENT_CODE" && notice.state === "DEAD" && notice.secret === null) throw new Refusal("ENROLLMENT_CODE_DEAD");
    const again = { state: "QUEUED", tries: 0, nextTryAt: desk.clock.now() } as const;
    const { affected } = await tx.update(Notice, { id, bankId: actor.bankId, state: "DEAD" }, again);
    if (affected !== 1) throw new Refusal("NOT_DEAD");
    findings.after = { notice: id, kind, state: "QUEUED" };
    return Object.assign(notice, again);
  });
}
