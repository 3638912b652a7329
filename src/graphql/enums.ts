import { registerEnumType } from "type-graphql";
import { approvalActs } from "../desk/ApprovalRequest.js";
import { approvalStatuses } from "../desk/approvalStatus.js";
import { refusalCodes, type RefusalCode } from "../foundation/refusals.js";
import { alertKinds, alertSides } from "../history/Alert.js";
import { outcomes } from "../history/UsageRecord.js";
import { chainFaults } from "../history/verifyHistory.js";
import { passwordDues, passwordKinds } from "../identity/Password.js";
import { authorities, userKinds, userStatuses } from "../identity/User.js";
import { signInMethods } from "../identity/Contract.js";
import { roles } from "../policy/Actor.js";
import { certificateStatuses, revocationFor, revocationReasons, type ReissueReason } from "../policy/certificateLifecycle.js";
import { deedActions } from "../policy/deeds.js";
import { menuItems } from "../policy/menu.js";
import { noticeKinds, noticeStates } from "../notices/Notice.js";
import { accountKinds } from "../users/Company.js";
import { services } from "../users/readCompanies.js";
import { heldBacks } from "../users/readPowers.js";
import { certificateActions } from "../users/certificateAction.js";
import { described, errorTable, languages } from "./errorTable.js";

type EnumOf<N extends string> = { readonly [K in N]: K };

/** A closed list of ours as an enum of the schema. Every value needs its description, or this doesn't compile. */
function enumType<N extends string>(name: string, description: string, values: readonly N[], descriptions: Record<N, string>): EnumOf<N> {
  const type = Object.fromEntries(values.map((value) => [value, value])) as EnumOf<N>;
  const valuesConfig = Object.fromEntries(values.map((value) => [value, { description: descriptions[value] }]));
  registerEnumType(type, { name, description, valuesConfig: valuesConfig as never });
  return type;
}

export const UserKindEnum = enumType("UserKind", "What kind of ID this is.", userKinds, {
  MASTER: "管理者: the contract's only administrator.",
  PUBLIC: "利用者: everybody else of the contract.",
});

export const AuthorityEnum = enumType("Authority", "利用権限.", authorities, {
  APPROVER: "承認者: approves payments.",
  OPERATOR: "一般者: enters payments.",
});

export const UserStatusEnum = enumType("UserStatus", "Whether an ID can sign in.", userStatuses, {
  ACTIVE: "利用中: can sign in.",
  LOCKED: "ロック中: too many wrong login passwords in a row.",
  SUSPENDED: "利用停止: locked by hand, until the Master resumes it.",
  DEREGISTERED: "登録抹消: gone for good; the login ID never comes back.",
});

export const CertificateStatusEnum = enumType(
  "CertificateStatus", "電子証明書状況, derived from stored facts and the clock.", certificateStatuses, {
    PENDING: "未取得: opened, its serial reserved, waiting for the holder to acquire it.",
    ENROLLMENT_EXPIRED: "取得期限切れ: was pending, the deadline passed. Only a reissue helps.",
    ACTIVE: "取得済: acquired and valid.",
    EXPIRED: "有効期限切れ: notAfter passed.",
    REVOKED: "失効: ended for good, with a reason and a time.",
  },
);

export const RevocationReasonEnum = enumType("RevocationReason", "Why a certificate ended (RFC 5280 §5.3.1).", revocationReasons, {
  UNSPECIFIED: "No reason given.",
  KEY_COMPROMISE: "The key or the PC that holds it was lost, stolen or infected.",
  AFFILIATION_CHANGED: "The holder moved to another place in the company.",
  SUPERSEDED: "A new certificate took its place: the PC broke or was replaced, or the certificate was deleted by mistake.",
  CESSATION_OF_OPERATION: "The holder no longer uses the service.",
  PRIVILEGE_WITHDRAWN: "The holder's rights were taken back.",
});

export const CertificateActionEnum = enumType("CertificateAction", "電子証明書: what a form does with it.", certificateActions, {
  KEEP: "継続利用する.",
  REISSUE: "再発行する: the old one dies at once (unless it is kept until then), a new one waits for its holder.",
  REVOKE: "失効する: ended for good, with nothing in its place.",
});

export const PasswordKindEnum = enumType("PasswordKind", "Which of an ID's passwords.", passwordKinds, {
  LOGIN: "ログインパスワード.",
  REGISTRATION: "登録確認用パスワード: asked for when a change is registered.",
  APPROVAL: "承認用パスワード: an approver's.",
  TRANSFER: "都度振込送信確認用パスワード: for ad hoc transfers.",
});

export const PasswordDueEnum = enumType("PasswordDue", "Why a password must be changed.", passwordDues, {
  INITIAL: "初期パスワード: somebody else set it, at a registration or for approving and transferring.",
  FORCED: "強制変更あり: the Master demands it.",
  EXPIRED: "変更期間 is over.",
});

export const MenuItemEnum = enumType("MenuItemCode", "管理機能's items, in the manual's order.", menuItems, {
  ID_MAINTENANCE: "IDメンテナンス: register, edit and deregister IDs, reissue and revoke certificates.",
  ID_UNLOCK: "IDロック解除: unlock, suspend and resume IDs.",
  CALENDAR: "カレンダー管理: the contract's own closed days.",
  USAGE_HISTORY: "利用履歴照会.",
  CONTRACT_STOP: "WEB-FB取引停止: the emergency stop.",
});

export const ReissueReasonEnum = enumType(
  "ReissueReason", "Why a certificate is reissued. Decides the reason by which the old one is revoked.",
  Object.keys(revocationFor) as ReissueReason[], {
    UNSPECIFIED: "No reason given. The old one is revoked as SUPERSEDED.",
    DEVICE_BROKEN: "The PC broke. The old one is revoked as SUPERSEDED.",
    DEVICE_REPLACED: "The PC was replaced. The old one is revoked as SUPERSEDED.",
    CERTIFICATE_DELETED: "The certificate was deleted by mistake. The old one is revoked as SUPERSEDED.",
    LOST: "The PC or the key was lost. The old one is revoked as KEY_COMPROMISE.",
    STOLEN: "The PC or the key was stolen. The old one is revoked as KEY_COMPROMISE.",
    COMPROMISED: "The PC was infected or the key copied. The old one is revoked as KEY_COMPROMISE.",
  },
);

export const SignInMethodEnum = enumType("SignInMethod", "What a contract's IDs sign in with.", signInMethods, {
  PASSWORD: "ID and password.",
  CERTIFICATE: "ID, password and client certificate.",
});

export const ContractStatusEnum = enumType("ContractStatus", "Whether a contract's IDs can sign in and change things.", ["ACTIVE", "STOPPED"], {
  ACTIVE: "取引中.",
  STOPPED: "取引停止中: its Master stopped it. Only revoking goes on, until the bank starts it again.",
});

export const ApprovalActEnum = enumType("ApprovalAct", "What the bank does for a Master that can't help itself, by two of its staff.", approvalActs, {
  MASTER_REISSUE: "管理者の電子証明書の再発行.",
  MASTER_UNLOCK: "管理者のIDロック解除.",
  CONTRACT_START: "取引の再開: after an emergency stop.",
});

export const ApprovalStatusEnum = enumType("ApprovalStatus", "What has become of a request, derived from stored facts and the clock.", approvalStatuses, {
  OPEN: "依頼中: waits for a colleague.",
  EXPIRED: "期限切れ: nobody decided in time. Void.",
  OUTDATED: "無効: its target changed after it was requested. Void.",
  APPROVED: "承認済: and done.",
  REJECTED: "却下: everything stayed as it was.",
  WITHDRAWN: "取下げ: by its requester; everything stayed as it was.",
});

export const RoleEnum = enumType("Role", "As what somebody signed in acts.", roles, {
  MASTER: "管理者.",
  PUBLIC: "利用者.",
  ENROLLEE: "Of a contract that requires certificates, signed in without one.",
  PASSWORD_CHANGER: "Whose passwords must be changed first.",
  BANK_OPERATOR: "金庫職員: the bank's own staff.",
});

export const AccountKindEnum = enumType("AccountKind", "預金種目.", accountKinds, {
  ORDINARY: "普通.",
  CURRENT: "当座.",
});

export const ServiceEnum = enumType("Service", "What a company's account may be used for.", services, {
  BULK_TRANSFER: "総合振込.",
  PAYROLL: "給与・賞与振込.",
  AD_HOC_TRANSFER: "都度振込.",
  DIRECT_DEBIT: "口座振替.",
});

export const DeedActionEnum = enumType("UsageAction", "What was attempted.", deedActions, {
  SIGN_IN: "ログイン.",
  SIGN_OUT: "ログアウト.",
  CERTIFICATE_REISSUE: "電子証明書の再発行.",
  CERTIFICATE_REVOKE: "電子証明書の失効.",
  CERTIFICATE_ENROLL: "電子証明書の取得.",
  CERTIFICATE_RENEW: "電子証明書の更新: its holder brought a key for the next one; its end is a CERTIFICATE_ENROLL.",
  USER_REGISTER: "お客様IDの登録.",
  USER_UPDATE: "お客様IDの変更: the edit form.",
  USER_DEREGISTER: "お客様IDの登録抹消.",
  USER_SUSPEND: "お客様IDの利用停止.",
  USER_RESUME: "お客様IDの利用停止の解除.",
  USER_UNLOCK: "IDロック解除.",
  POWERS_RESTORE: "承認・都度振込の保留の解除: after a reissue.",
  PASSWORDS_CHANGE: "パスワード変更.",
  CONTRACT_STOP: "WEB-FB取引停止.",
  CLOSED_DAYS_EDIT: "カレンダー管理: the contract's own closed days.",
  OPERATOR_SIGN_IN: "金庫職員のログイン.",
  REISSUE_REQUEST: "管理者の電子証明書の再発行の承認依頼.",
  UNLOCK_REQUEST: "管理者のIDロック解除の承認依頼.",
  START_REQUEST: "取引再開の承認依頼.",
  REQUEST_APPROVE: "承認依頼の承認.",
  REQUEST_REJECT: "承認依頼の却下.",
  REQUEST_WITHDRAW: "承認依頼の取下げ.",
  HOLIDAYS_LOAD: "金庫の休日の登録.",
  ALERT_ACKNOWLEDGE: "警告の確認.",
  NOTICE_RESEND: "お知らせメールの再送.",
  CONTRACT_START: "取引の再開: what an approved request did.",
  CERTIFICATE_PRESENT: "失効した電子証明書の提示: a certificate that lets nobody in came with a request other than a sign-in.",
  CA_ROTATE: "発行CAの更新: the bank's certificates come from a new CA from then on.",
  OPERATOR_REGISTER: "金庫職員の登録, by whoever runs the server.",
  OPERATOR_UNLOCK: "金庫職員のロック解除, by whoever runs the server.",
  OPERATOR_RESET: "金庫職員の初期パスワードの再発行, by whoever runs the server.",
  OPERATOR_REMOVE: "金庫職員の登録抹消, by whoever runs the server.",
  HISTORY_EXPORT: "利用履歴のダウンロード.",
  DATABASE_RESTORE: "データベースの復元: whoever runs the server accepted that entries are lost.",
  DOCUMENTS_REGISTER: "操作の登録: whoever runs the server registered a client's operations.",
  DOCUMENTS_REMOVE: "操作の登録取消し: whoever runs the server took back a client's operations.",
});

export const AlertKindEnum = enumType("AlertKind", "What Master and bank should look at. How much is too much is the bank's policy.", alertKinds, {
  REVOKED_CERTIFICATE_PRESENTED: "失効した電子証明書の提示: somebody still has it.",
  REISSUE_BURST: "再発行の多発: many certificates of the contract were reissued within a short time.",
  REISSUE_REPEATED: "再発行の繰返し: the same ID's certificate was reissued again within days.",
  REISSUE_EARLY: "早すぎる再発行: most of the old certificate's life was left.",
  ENROLLMENT_FROM_NEW_ADDRESS: "未知の接続元からの取得: nobody of the contract had signed in from there before the certificate was opened.",
  ENROLLMENT_REFUSED_OFTEN: "取得の拒否の多発: somebody tries to acquire a certificate, in vain.",
});

export const AlertSideEnum = enumType("AlertSide", "For whom somebody has taken note of an alert.", alertSides, {
  CONTRACT: "契約先: its Master.",
  BANK: "金庫: its staff.",
});

export const NoticeKindEnum = enumType("NoticeKind", "What a mail says.", noticeKinds, {
  USER_REGISTERED: "お客様IDの登録.",
  CERTIFICATE_REISSUED: "電子証明書の再発行.",
  ENROLLMENT_CODE: "取得コード, to the holder alone, where the bank's policy says so.",
  CERTIFICATE_ENROLLED: "電子証明書の取得.",
  CERTIFICATE_RENEWED: "電子証明書の更新.",
  CERTIFICATE_REVOKED: "電子証明書の失効.",
  PASSWORDS_CHANGED: "パスワードの変更.",
  POWERS_CHANGED: "利用権限の変更.",
  MAIL_ADDRESS_CHANGED: "メールアドレスの変更, to the old address and the new one.",
  CERTIFICATE_ENDING: "有効期限のお知らせ.",
  ENROLLMENT_UNFINISHED: "未取得のお知らせ.",
});

export const NoticeStateEnum = enumType("NoticeState", "What has become of a mail.", noticeStates, {
  QUEUED: "送信待ち: to be sent, or to be tried again.",
  SENT: "送信済: the mail server took it.",
  DEAD: "送信不能: given up. The desk may have it sent again.",
});

export const HeldBackEnum = enumType("HeldBack", "Why an ID may not approve, or not transfer, now.", heldBacks, {
  NOT_AN_APPROVER: "一般者: approving isn't for it.",
  AD_HOC_TRANSFER_OFF: "都度振込利用: off.",
  ON_HOLD: "保留中: its certificate was reissued, and its Master hasn't given the powers back yet.",
  ID_NOT_ACTIVE: "ID is locked, suspended or deregistered.",
  CONTRACT_STOPPED: "取引停止中.",
  CERTIFICATE_NOT_ACTIVE: "The contract requires a certificate, and it has none that is active.",
});

export const ChainFaultEnum = enumType("ChainFault", "What is wrong with a history.", chainFaults, {
  ENTRY_CHANGED: "An entry isn't what was sealed.",
  ENTRY_MISSING: "A sealed entry is gone.",
  SEAL_MISSING: "A number of the chain is gone.",
  SEAL_CHANGED: "A seal doesn't follow from the one before it.",
  HEAD_CHANGED: "The chain's head isn't its last seal's.",
  TAIL_CUT: "A checkpoint knows more entries than there are.",
  REWRITTEN: "A checkpoint knows other entries.",
  NOT_SEALED: "An entry was put in without being sealed.",
  CHECKPOINT_FORGED: "A checkpoint isn't signed by the history's key.",
});

export const OutcomeEnum = enumType("UsageOutcome", "What came of an attempt.", outcomes, {
  SUCCEEDED: "It was done.",
  ACCEPTED: "It was begun; its end has an entry of its own.",
  REPEATED: "The same request had been done before and was answered again, without doing it again.",
  REFUSED: "It was refused by rule and changed nothing.",
  FAILED: "A fault stopped it. It changed nothing.",
});

export const RefusalCodeEnum = enumType(
  "RefusalCode", "Why something was refused. A closed list: codes are never renamed and never change their meaning.", refusalCodes,
  Object.fromEntries(refusalCodes.map((code) => [code, described(errorTable[code])])) as Record<RefusalCode, string>,
);

export const UserOrderFieldEnum = enumType("UserOrderField", "What users are sorted by.", ["LOGIN_ID", "CREATED_AT"], {
  LOGIN_ID: "お客様ID.",
  CREATED_AT: "When the ID was registered.",
});

export const CertificateOrderFieldEnum = enumType("CertificateOrderField", "What certificates are sorted by.", ["OPENED_AT"], {
  OPENED_AT: "When the record was opened by registration or reissue.",
});

export const OrderDirectionEnum = enumType("OrderDirection", "Which way a list is sorted.", ["ASC", "DESC"], {
  ASC: "Rising.",
  DESC: "Falling.",
});

export const ErrorChannelEnum = enumType("ErrorChannel", "Where a code comes.", ["USER_ERROR", "REQUEST_ERROR"], {
  USER_ERROR: "In a payload's `userErrors`, as a RefusalCode: for the person at the screen.",
  REQUEST_ERROR: "Among the top-level `errors`, as `extensions.code`: for the client's developer.",
});

export const LanguageEnum = enumType("Language", "Of messages.", languages, { ja: "日本語.", en: "English." });
