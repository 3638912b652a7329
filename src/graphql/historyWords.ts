import type { Outcome } from "../history/UsageRecord.js";
import type { DeedAction } from "../policy/deeds.js";

/** What was attempted, and what came of it, for people in Japan. */
export const DEED_WORDS: Record<DeedAction, string> = {
  SIGN_IN: "ログイン",
  SIGN_OUT: "ログアウト",
  CERTIFICATE_REISSUE: "電子証明書の再発行",
  CERTIFICATE_REVOKE: "電子証明書の失効",
  CERTIFICATE_ENROLL: "電子証明書の取得",
  CERTIFICATE_RENEW: "電子証明書の更新",
  USER_REGISTER: "お客様IDの登録",
  USER_UPDATE: "お客様IDの変更",
  USER_DEREGISTER: "お客様IDの登録抹消",
  USER_SUSPEND: "お客様IDの利用停止",
  USER_RESUME: "お客様IDの利用停止の解除",
  USER_UNLOCK: "IDロック解除",
  POWERS_RESTORE: "承認・都度振込の保留の解除",
  PASSWORDS_CHANGE: "パスワード変更",
  CONTRACT_STOP: "WEB-FB取引停止",
  CLOSED_DAYS_EDIT: "カレンダー管理",
  OPERATOR_SIGN_IN: "金庫職員のログイン",
  REISSUE_REQUEST: "管理者の電子証明書の再発行の承認依頼",
  UNLOCK_REQUEST: "管理者のIDロック解除の承認依頼",
  START_REQUEST: "取引再開の承認依頼",
  REQUEST_APPROVE: "承認依頼の承認",
  REQUEST_REJECT: "承認依頼の却下",
  REQUEST_WITHDRAW: "承認依頼の取下げ",
  HOLIDAYS_LOAD: "金庫の休日の登録",
  ALERT_ACKNOWLEDGE: "警告の確認",
  NOTICE_RESEND: "お知らせメールの再送",
  CONTRACT_START: "取引の再開",
  CERTIFICATE_PRESENT: "失効した電子証明書の提示",
  CA_ROTATE: "発行CAの更新",
  OPERATOR_REGISTER: "金庫職員の登録",
  OPERATOR_UNLOCK: "金庫職員のロック解除",
  OPERATOR_RESET: "金庫職員の初期パスワードの再発行",
  OPERATOR_REMOVE: "金庫職員の登録抹消",
  HISTORY_EXPORT: "利用履歴のダウンロード",
  DATABASE_RESTORE: "データベースの復元",
  DOCUMENTS_REGISTER: "操作の登録",
  DOCUMENTS_REMOVE: "操作の登録取消し",
};

export const OUTCOME_WORDS: Record<Outcome, string> = {
  SUCCEEDED: "完了", ACCEPTED: "受付", REPEATED: "再応答", REFUSED: "拒否", FAILED: "システムエラー",
};
