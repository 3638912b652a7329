import { enrollCertificate } from "../../../src/certificates/enrollCertificate.js";
import { reissueCertificate } from "../../../src/certificates/reissueCertificate.js";
import { revokeCertificate } from "../../../src/certificates/revokeCertificate.js";
import { stopContract } from "../../../src/contracts/stopContract.js";
import { approveRequest } from "../../../src/desk/approveRequest.js";
import type { DecideRequest } from "../../../src/desk/decideRequest.js";
import { rejectRequest } from "../../../src/desk/rejectRequest.js";
import { requestReissue } from "../../../src/desk/requestReissue.js";
import { requestStart } from "../../../src/desk/requestStart.js";
import { requestUnlock } from "../../../src/desk/requestUnlock.js";
import { withdrawRequest } from "../../../src/desk/withdrawRequest.js";
import { changePasswords } from "../../../src/identity/changePasswords.js";
import type { PasswordKind } from "../../../src/identity/Password.js";
import { signIn } from "../../../src/identity/signIn.js";
import { signOut } from "../../../src/identity/signOut.js";
import type { User } from "../../../src/identity/User.js";
import type { Actor, Origin } from "../../../src/policy/Actor.js";
import type { TargetedUser } from "../../../src/users/changeUser.js";
import { deregisterUser } from "../../../src/users/deregisterUser.js";
import { registerUser } from "../../../src/users/registerUser.js";
import { resumeUser } from "../../../src/users/resumeUser.js";
import { suspendUser } from "../../../src/users/suspendUser.js";
import { unlockUser } from "../../../src/users/unlockUser.js";
import { updateUser, type UpdateUser } from "../../../src/users/updateUser.js";
import { PASSWORD, type House } from "../House.js";
import type { Staff, Stage } from "./Stage.js";

/** A deed that is ready to be done: whatever chance decides about it is decided. */
type Ready = (origin: Origin) => Promise<unknown>;

const typed = (password: string) => ({ password, confirmation: password });
let made = 0;
const aNewPassword = () => `Raced-pass-${String(++made)}`;

/** What can be done at a stage, each by whoever does such things, with what it sees there. */
export const deeds = {
  form: (stage) => submit(stage, stage.someone),
  formOfMaster: (stage) => submit(stage, stage.master),
  register: (stage) => {
    const loginId = `new${String(stage.random.below(3))}${stage.master.loginId.slice(-6)}`;
    const passwords = { LOGIN: typed(PASSWORD), REGISTRATION: typed(PASSWORD) };
    return (origin) => registerUser(stage.house.desk, stage.as(stage.master, origin), { loginId, displayName: "新人", authority: "OPERATOR", passwords });
  },
  reissue: (stage) => {
    const input = { ...target(stage), reason: stage.random.pick("DEVICE_BROKEN", "LOST") } as const;
    return (origin) => reissueCertificate(stage.house.desk, stage.as(stage.master, origin), input);
  },
  revoke: (stage) => {
    const isByMaster = stage.random.chance(0.5);
    const input = { certificateId: stage.certificates.get(stage.someone.id)?.id ?? "", reason: stage.random.pick("SUPERSEDED", "KEY_COMPROMISE") } as const;
    return (origin) => revokeCertificate(stage.house.desk, isByMaster ? stage.as(stage.master, origin) : stage.asStaff("one", origin), input);
  },
  enroll: (stage) => {
    const user = stage.random.chance(0.9) ? stage.someone : stage.master;
    const code = stage.codes.get(stage.certificates.get(user.id)?.id ?? "") ?? null;
    const input = { csr: stage.csrOf(user), enrollmentCode: stage.random.chance(0.9) ? code : "0000-0000-0000-0000" };
    return (origin) => enrollCertificate(stage.house.desk, stage.as(user, origin), input);
  },
  deregister: (stage) => mastersDeed(stage, deregisterUser),
  suspend: (stage) => mastersDeed(stage, suspendUser),
  resume: (stage) => mastersDeed(stage, resumeUser),
  unlock: (stage) => mastersDeed(stage, (desk, actor, input) => unlockUser(desk, actor, { ...input, passwordKind: "LOGIN" })),
  changePasswords: (stage) => change(stage, stage.someone),
  changeMasters: (stage) => change(stage, stage.master),
  signIn: (stage) => {
    const { loginId } = stage.random.chance(0.9) ? stage.someone : stage.master;
    const password = stage.random.chance(0.85) ? PASSWORD : "Wrong-pass-1";
    return (origin) => signIn(stage.house.desk, origin, null, { bankCode: "5120", loginId, password });
  },
  signOut: (stage) => {
    const user = stage.someone;
    return (origin) => signOut(stage.house.desk, stage.as(user, origin));
  },
  stop: (stage) => (origin) => stopContract(stage.house.desk, stage.as(stage.master, origin)),
  requestReissue: (stage) => {
    const input = { userId: stage.master.id, expectedVersion: stage.seen(stage.master), reason: "STOLEN" } as const;
    return (origin) => requestReissue(stage.house.desk, stage.asStaff("one", origin), input);
  },
  requestUnlock: (stage) => {
    const input = { userId: stage.master.id, expectedVersion: stage.seen(stage.master), passwordKind: "REGISTRATION" } as const;
    return (origin) => requestUnlock(stage.house.desk, stage.asStaff("one", origin), input);
  },
  requestStart: (stage) => {
    const input = { contractId: stage.contract.id, expectedVersion: stage.seen(stage.contract) };
    return (origin) => requestStart(stage.house.desk, stage.asStaff("one", origin), input);
  },
  approve: (stage) => decide(stage, "other", approveRequest),
  approveOwn: (stage) => decide(stage, "one", approveRequest),
  reject: (stage) => decide(stage, "other", rejectRequest),
  withdraw: (stage) => decide(stage, "one", withdrawRequest),
} satisfies Record<string, (stage: Stage) => Ready>;
export type DeedName = keyof typeof deeds;

function target(stage: Stage): TargetedUser {
  const user = stage.someone;
  return { userId: user.id, expectedVersion: stage.seen(user) };
}

function mastersDeed(stage: Stage, deed: (desk: House["desk"], actor: Actor, input: TargetedUser) => Promise<unknown>): Ready {
  const input = target(stage);
  return (origin) => deed(stage.house.desk, stage.as(stage.master, origin), input);
}

function submit(stage: Stage, user: User): Ready {
  const { random } = stage;
  const isMaster = user.kind === "MASTER";
  const form: UpdateUser = {
    userId: user.id, expectedVersion: stage.seen(user), displayName: `利用者${String(random.below(1_000))}`,
    passwords: !isMaster && random.chance(0.2) ? { LOGIN: typed(aNewPassword()) } : {},
    ...(random.chance(0.2) ? { forcePasswordChange: random.chance(0.5) } : {}),
    certificateAction: isMaster ? "KEEP" : random.pick("KEEP", "KEEP", "REISSUE", "REVOKE"),
    reissueReason: "DEVICE_REPLACED", revocationReason: "UNSPECIFIED",
  };
  return (origin) => updateUser(stage.house.desk, stage.as(stage.master, origin), form);
}

function change(stage: Stage, user: User): Ready {
  const next = aNewPassword();
  const kinds = stage.random.pick(["LOGIN"], ["REGISTRATION"], ["LOGIN", "REGISTRATION"]) as PasswordKind[];
  const current = stage.random.chance(0.9) ? PASSWORD : "Wrong-pass-1";
  return (origin) => changePasswords(stage.house.desk, stage.as(user, origin), kinds.map((kind) => ({ kind, current, next, confirmation: next })));
}

function decide(stage: Stage, by: keyof Staff, deed: (desk: House["desk"], actor: Actor, input: DecideRequest) => Promise<unknown>): Ready {
  const { requests, random } = stage;
  const requestId = requests[random.below(requests.length)]?.id ?? "";
  return (origin) => deed(stage.house.desk, stage.asStaff(by, origin), { requestId });
}
