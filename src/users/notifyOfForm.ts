import type { EntityManager } from "typeorm";
import type { Desk } from "../foundation/desk.js";
import type { PasswordKind } from "../identity/Password.js";
import type { User } from "../identity/User.js";
import { notify } from "../notices/notify.js";
import type { Actor } from "../policy/Actor.js";

/** Mails of what a form changed: passwords, powers, and the address itself, of which the former one is told as well. */
export async function notifyOfForm(
  desk: Desk,
  tx: EntityManager,
  actor: Actor,
  user: User,
  before: Pick<User, "mailAddress" | "authority" | "adHocLimit">,
  passwordsSet: readonly PasswordKind[],
): Promise<void> {
  const by = actor.loginId;
  const isAddressChanged = before.mailAddress !== user.mailAddress;
  const alsoTo = isAddressChanged && before.mailAddress !== null ? [before.mailAddress] : []; // whose it was is told of all of it
  if (passwordsSet.length > 0) await notify(tx, desk, { kind: "PASSWORDS_CHANGED", about: user, facts: { kinds: passwordsSet, by }, alsoTo });
  const changes = powersChanged(before, user);
  if (changes.length > 0) await notify(tx, desk, { kind: "POWERS_CHANGED", about: user, facts: { changes, by }, alsoTo });
  if (isAddressChanged) {
    await notify(tx, desk, { kind: "MAIL_ADDRESS_CHANGED", about: user, facts: { by }, alsoTo });
  }
}

function powersChanged(before: Pick<User, "authority" | "adHocLimit">, { authority, adHocLimit }: User): string[] {
  const changes: string[] = [];
  if (authority !== null && authority !== before.authority) changes.push(authority);
  if ((adHocLimit === null) !== (before.adHocLimit === null)) changes.push(adHocLimit === null ? "AD_HOC_OFF" : "AD_HOC_ON");
  else if (adHocLimit !== before.adHocLimit) changes.push("AD_HOC_LIMIT");
  return changes;
}
