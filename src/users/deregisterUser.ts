import type { CertificateDesk } from "../certificates/CertificateDesk.js";
import { findCurrent } from "../certificates/certificateStore.js";
import type { Certificate } from "../certificates/Certificate.js";
import { endKept } from "../certificates/endKeptCertificates.js";
import { revokeFor } from "../certificates/revokeCertificate.js";
import { passwordKinds } from "../identity/Password.js";
import { endSessions } from "../identity/sessions.js";
import { dropPassword } from "../identity/storePassword.js";
import { takeVersion } from "../identity/takeVersion.js";
import type { User } from "../identity/User.js";
import type { Actor } from "../policy/Actor.js";
import { statusAt } from "../policy/certificateLifecycle.js";
import { changeUser, type TargetedUser } from "./changeUser.js";
import { UserCompany } from "./Company.js";
import { formFacts, noteChanges } from "./formFacts.js";

/**
 * 登録抹消: a Public ID is gone for good. Its certificate is revoked with cessationOfOperation, its session ends, its passwords
 * are forgotten; the row stays, so that its login ID never comes back. Refuses with MASTER_ONLY, OWN_ID, NOT_FOUND,
 * ID_DEREGISTERED, CONFLICT and the registration password's codes.
 */
export function deregisterUser(desk: CertificateDesk, actor: Actor, input: TargetedUser): Promise<{ user: User; revoked: Certificate | null }> {
  return changeUser(desk, actor, { action: "USER_DEREGISTER", rule: "deregister", input }, async (tx, user, findings) => {
    const now = desk.clock.now();
    const held = await formFacts(tx, user);
    await takeVersion(tx, actor, user, input.expectedVersion, { deregisteredAt: now });
    await endSessions(tx, user.id, "DEREGISTERED", now);

    const current = await findCurrent(tx, user.id);
    const isAlive = current !== null && ["PENDING", "ACTIVE"].includes(statusAt(current, now));
    const revoked = isAlive ? await revokeFor(desk, tx, actor, current, "CESSATION_OF_OPERATION") : null;
    await endKept(tx, user.id, "CESSATION_OF_OPERATION", now);
    for (const kind of passwordKinds) await dropPassword(tx, user.id, kind);
    await tx.delete(UserCompany, { userId: user.id });

    const left = await formFacts(tx, user);
    const done = revoked && current && { ...revoked, certificate: current };
    noteChanges(findings, { deregisteredAt: null, ...held }, { deregisteredAt: now, ...left }, [], done, user.version);
    return { user, revoked: revoked ? current : null };
  });
}
