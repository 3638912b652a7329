import { Arg, Ctx, Mutation, Resolver } from "type-graphql";
import type { CertificateFacts } from "../../certificates/readCertificates.js";
import type { Refusal } from "../../foundation/refusals.js";
import { changesSince } from "../../history/changesSince.js";
import { changePasswords } from "../../identity/changePasswords.js";
import type { User } from "../../identity/User.js";
import { deregisterUser } from "../../users/deregisterUser.js";
import { registerUser } from "../../users/registerUser.js";
import { restorePowers } from "../../users/restorePowers.js";
import { resumeUser } from "../../users/resumeUser.js";
import { suspendUser } from "../../users/suspendUser.js";
import { unlockUser } from "../../users/unlockUser.js";
import { updateUser } from "../../users/updateUser.js";
import { idOf } from "../globalId.js";
import {
  ChangePasswordsInput, DeregisterUserInput, RegisterUserInput, RestorePowersInput, ResumeUserInput, SuspendUserInput, typedPasswords, UnlockUserInput, UpdateUserInput,
} from "../inputs/users.js";
import { payload } from "../payload.js";
import type { RequestContext } from "../RequestContext.js";
import { CertificateView, certificateView } from "../views/CertificateView.js";
import { usageRecordView } from "../views/UsageRecordView.js";
import {
  ChangePasswordsPayload, DeregisterUserPayload, RegisterUserPayload, RestorePowersPayload, ResumeUserPayload, SuspendUserPayload, UnlockUserPayload, UpdateUserPayload,
} from "../views/userPayloads.js";
import { reloadedUser } from "../views/UserView.js";
import { completed, type completions } from "../wording.js";

@Resolver()
export class IdMaintenanceResolver {
  @Mutation(() => UpdateUserPayload, {
    nullable: true,
    description: "IDメンテナンス 編集 → 登録. Registers the whole form as one unit, the certificate included. All that is wrong is said at once, each with its field. Of its own form a Master changes neither certificate nor passwords nor what only Public IDs have.",
  })
  updateUser(@Arg("input", { description: "The form." }) input: UpdateUserInput, @Ctx() context: RequestContext) {
    const userId = idOf("User", input.userId);
    const whenRefused = async ({ code }: Refusal) => (code === "CONFLICT" ? await latest(context, userId, input.expectedVersion) : {});
    return payload(context, async () => {
      const { user, certificate, revoked, kept, enrollmentCode } = await updateUser(context.desk, context.actor, {
        ...input, ...formOf(input), userId,
        displayName: input.displayName ?? undefined,
        authority: input.authority ?? undefined,
        forcePasswordChange: input.forcePasswordChange ?? undefined,
      });
      return { ...(await done(context, user, "CHANGED")), certificate: shown(certificate, context), revokedCertificate: shown(revoked, context), keptCertificate: shown(kept, context), enrollmentCode };
    }, whenRefused);
  }

  @Mutation(() => RegisterUserPayload, {
    nullable: true,
    description: "IDメンテナンス 新規登録. Registers a Public ID with its first passwords and opens its first certificate.",
  })
  registerUser(@Arg("input", { description: "The new ID." }) input: RegisterUserInput, @Ctx() context: RequestContext) {
    return payload(context, async () => {
      const { user, certificate, enrollmentCode } = await registerUser(context.desk, context.actor, { ...input, ...formOf(input) });
      return { ...(await done(context, user, "REGISTERED")), certificate: shown(certificate, context), enrollmentCode };
    });
  }

  @Mutation(() => DeregisterUserPayload, {
    nullable: true,
    description: "登録抹消. A Public ID is gone for good: its certificate is revoked, its login ID never comes back.",
  })
  deregisterUser(@Arg("input", { description: "Which." }) input: DeregisterUserInput, @Ctx() context: RequestContext) {
    return payload(context, async () => {
      const { user, revoked } = await deregisterUser(context.desk, context.actor, { ...input, userId: idOf("User", input.userId) });
      return { ...(await done(context, user, "DEREGISTERED")), revokedCertificate: shown(revoked, context) };
    });
  }

  @Mutation(() => SuspendUserPayload, {
    nullable: true,
    description: "利用停止. Locks a Public ID by hand: its session ends at once, and it can't sign in. Neither a version nor a password is asked for: what protects must be quick.",
  })
  suspendUser(@Arg("input", { description: "Which." }) input: SuspendUserInput, @Ctx() context: RequestContext) {
    return payload(context, async () => done(context, await suspendUser(context.desk, context.actor, { ...input, userId: idOf("User", input.userId) }), "SUSPENDED"));
  }

  @Mutation(() => ResumeUserPayload, { nullable: true, description: "利用停止の解除. A suspended Public ID may sign in again." })
  resumeUser(@Arg("input", { description: "Which." }) input: ResumeUserInput, @Ctx() context: RequestContext) {
    return payload(context, async () => done(context, await resumeUser(context.desk, context.actor, { ...input, userId: idOf("User", input.userId) }), "RESUMED"));
  }

  @Mutation(() => UnlockUserPayload, {
    nullable: true,
    description: "IDロック解除. Lifts the restriction of one of a Public ID's passwords. A Master's own lock is the bank's to lift.",
  })
  unlockUser(@Arg("input", { description: "Which." }) input: UnlockUserInput, @Ctx() context: RequestContext) {
    return payload(context, async () => done(context, await unlockUser(context.desk, context.actor, { ...input, userId: idOf("User", input.userId) }), "UNLOCKED"));
  }

  @Mutation(() => RestorePowersPayload, {
    nullable: true,
    description: "承認・都度振込の保留の解除. A Public ID whose certificate was reissued may approve and transfer again, in another session than that of the reissue.",
  })
  restorePowers(@Arg("input", { description: "Whose." }) input: RestorePowersInput, @Ctx() context: RequestContext) {
    return payload(context, async () => done(context, await restorePowers(context.desk, context.actor, { ...input, userId: idOf("User", input.userId) }), "POWERS_RESTORED"));
  }

  @Mutation(() => ChangePasswordsPayload, {
    nullable: true,
    description: "パスワード変更. The caller changes its own passwords as one unit; where some are due (a first sign-in, 強制変更, 変更期間), all of those.",
  })
  changePasswords(@Arg("input", { description: "The passwords." }) input: ChangePasswordsInput, @Ctx() context: RequestContext) {
    return payload(context, async () => done(context, await changePasswords(context.desk, context.actor, input.passwords), "PASSWORDS_CHANGED"));
  }
}

/** What an edit and a registration have in common. Null means no change, but for the days, where it means never. */
function formOf(input: UpdateUserInput | RegisterUserInput) {
  return {
    passwords: typedPasswords(input),
    adHocTransferEnabled: input.adHocTransferEnabled ?? undefined,
    adHocTransferLimit: input.adHocTransferLimit ?? undefined,
    passwordMaxAgeDays: input.passwordMaxAgeDays,
    passwordWarnDays: input.passwordWarnDays,
    mailAddress: input.mailAddress,
    companyIds: input.companyIds?.map((id) => idOf("Company", id)),
  };
}

async function done(context: RequestContext, { id, loginId }: User, completion: keyof typeof completions) {
  return { user: await reloadedUser(context, id), message: completed(completion, context.language, loginId) };
}

/** For whoever came too late: how it stands, and what changed. */
async function latest(context: RequestContext, userId: string, expectedVersion: number) {
  const changes = await changesSince(context.desk, context.actor, userId, expectedVersion);
  return { user: await reloadedUser(context, userId), changesMeanwhile: changes.map((change) => usageRecordView(change, context.actor)) };
}

function shown(certificate: CertificateFacts | null, { desk }: RequestContext): CertificateView | null {
  return certificate && certificateView(certificate, desk.clock.now());
}
