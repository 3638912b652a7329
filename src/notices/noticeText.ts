import { inJapanese } from "../foundation/japanTime.js";
import type { NoticeKind } from "./Notice.js";

/** What a mail is written from: the facts that were stored, and whom it goes to. */
export interface NoticeContents {
  bankName: string;
  contractName: string;
  facts: Readonly<Record<string, unknown>>;
  /** The enrollment code, in a mail that is to tell it. */
  secret: string | null;
  createdAt: Date;
}

/** The words of each kind: a subject and the lines that are its own. */
const words: Record<NoticeKind, { subject: string; lines: (facts: Reader, secret: string | null) => string[]; isReminder?: true }> = {
  USER_REGISTERED: {
    subject: "お客様IDが登録されました",
    lines: (fact) => ["新しいお客様IDが登録されました。", fact.list("利用権限", "powers", powers), fact.line("登録した方", "by"), fact.instant("電子証明書の取得期限", "enrollmentDeadline")],
  },
  CERTIFICATE_REISSUED: {
    subject: "電子証明書の再発行が登録されました",
    lines: (fact) => [
      "電子証明書の再発行が登録されました。",
      fact.line("登録した方", "by"), fact.line("理由", "reason", reasons), fact.instant("取得期限", "enrollmentDeadline"),
      fact.has("keptUntil") ? `これまでの電子証明書は、新しい電子証明書を取得するまで、遅くとも${fact.at("keptUntil")}まで利用できます。` : fact.has("ended") ? "これまでの電子証明書は、ただちに失効しました。" : "",
      fact.has("powersHeld") ? "承認と都度振込のご利用は、管理者が再開するまで保留されます。" : "",
    ],
  },
  ENROLLMENT_CODE: {
    subject: "電子証明書の取得コードのお知らせ",
    lines: (fact, secret) => [
      "電子証明書を取得するための取得コードをお知らせします。", `取得コード：${secret ?? ""}`, fact.instant("取得期限", "enrollmentDeadline"),
      "取得コードは1回だけ利用できます。当金庫の職員や管理者がお尋ねすることはありません。誰にも教えないでください。",
    ],
  },
  CERTIFICATE_ENROLLED: {
    subject: "電子証明書が取得されました",
    lines: (fact) => ["電子証明書が取得されました。", fact.line("シリアルID", "serialNumber"), fact.instant("有効期限", "notAfter"), fact.line("取得した端末のIPアドレス", "address")],
  },
  CERTIFICATE_RENEWED: {
    subject: "電子証明書が更新されました",
    lines: (fact) => ["電子証明書が更新されました。これまでの電子証明書は、新しい電子証明書でログインした時点で、遅くとも10分後に失効します。", fact.line("シリアルID", "serialNumber"), fact.instant("有効期限", "notAfter")],
  },
  CERTIFICATE_REVOKED: {
    subject: "電子証明書が失効しました",
    lines: (fact) => ["電子証明書が失効しました。", fact.line("シリアルID", "serialNumber"), fact.instant("失効日時", "revokedAt"), fact.line("理由", "reason", reasons)],
  },
  PASSWORDS_CHANGED: {
    subject: "パスワードが変更されました",
    lines: (fact) => ["パスワードが変更されました。", fact.list("変更されたパスワード", "kinds", passwords), fact.line("変更した方", "by")],
  },
  POWERS_CHANGED: {
    subject: "利用権限が変更されました",
    lines: (fact) => ["利用権限が変更されました。", fact.list("変更内容", "changes", powers), fact.line("変更した方", "by")],
  },
  MAIL_ADDRESS_CHANGED: {
    subject: "メールアドレスが変更されました",
    lines: (fact) => ["お知らせをお送りするメールアドレスが変更されました。", fact.line("変更した方", "by")],
  },
  CERTIFICATE_ENDING: {
    subject: "電子証明書の有効期限が近づいています",
    lines: (fact) => [
      "電子証明書の有効期限が近づいています。", fact.line("シリアルID", "serialNumber"), fact.instant("有効期限", "notAfter"),
      "有効期限までに、この電子証明書でログインし、電子証明書を更新してください。",
    ],
    isReminder: true,
  },
  ENROLLMENT_UNFINISHED: {
    subject: "電子証明書がまだ取得されていません",
    lines: (fact) => ["電子証明書がまだ取得されていません。", fact.instant("取得期限", "enrollmentDeadline"), "取得期限までに、ログインし、取得コードを入力して電子証明書を取得してください。取得期限を過ぎると、再発行が必要です。"],
    isReminder: true,
  },
};

const reasons: Record<string, string> = {
  UNSPECIFIED: "指定なし", DEVICE_BROKEN: "パソコンの故障", DEVICE_REPLACED: "パソコンの入替え", CERTIFICATE_DELETED: "電子証明書の誤削除",
  LOST: "紛失", STOLEN: "盗難", COMPROMISED: "ウイルス感染・漏えい", KEY_COMPROMISE: "紛失・盗難・漏えいのおそれ", AFFILIATION_CHANGED: "所属の変更",
  SUPERSEDED: "再発行", CESSATION_OF_OPERATION: "利用の終了", PRIVILEGE_WITHDRAWN: "権限の取消し",
};
const passwords: Record<string, string> = {
  LOGIN: "ログインパスワード", REGISTRATION: "登録確認用パスワード", APPROVAL: "承認用パスワード", TRANSFER: "都度振込送信確認用パスワード",
};
const powers: Record<string, string> = {
  APPROVER: "承認者", OPERATOR: "一般者", AD_HOC_ON: "都度振込を「利用する」", AD_HOC_OFF: "都度振込を「利用しない」",
  AD_HOC_LIMIT: "都度振込取扱限度額の変更", RESTORED: "保留されていた承認と都度振込の再開",
};

/** A notice as a mail: Japanese, Japan time, no address to click on: those are what thieves send. */
export function noticeText(kind: NoticeKind, { bankName, contractName, facts, secret, createdAt }: NoticeContents): { subject: string; text: string } {
  const { subject, lines, isReminder = false } = words[kind];
  const reader = readerOf(facts);
  const text = [
    `${contractName} 様`, "",
    `いつも${bankName}をご利用いただきありがとうございます。`, "",
    ...lines(reader, secret).filter((line) => line !== ""),
    `お客様ID：${reader.text("loginId")}（${reader.text("displayName")}）`,
    `日時：${inJapanese(createdAt)}`, "",
    ...(isReminder ? [] : ["お心当たりがない場合は、ただちに管理者または当金庫へご連絡ください。"]), // nobody did anything
    "このメールには、リンクも添付ファイルもありません。ご返信いただいてもお答えできません。", "",
    bankName, "",
  ].join("\n");
  return { subject: `【${bankName}】${subject}`, text };
}

interface Reader {
  has(name: string): boolean;
  text(name: string): string;
  at(name: string): string;
  line(label: string, name: string, dictionary?: Record<string, string>): string;
  list(label: string, name: string, dictionary: Record<string, string>): string;
  instant(label: string, name: string): string;
}

/** A line whose fact isn't there is empty, and left out. */
function readerOf(facts: Readonly<Record<string, unknown>>): Reader {
  const text = (name: string) => (typeof facts[name] === "string" ? facts[name] : "");
  const at = (name: string) => inJapanese(new Date(text(name)));
  return {
    has: (name) => text(name) !== "",
    text, at,
    line: (label, name, dictionary = {}) => (text(name) === "" ? "" : `${label}：${dictionary[text(name)] ?? text(name)}`),
    list: (label, name, dictionary) => {
      const values = Array.isArray(facts[name]) ? facts[name].map(String) : [];
      return `${label}：${values.map((value) => dictionary[value] ?? value).join("、")}`;
    },
    instant: (label, name) => (text(name) === "" ? "" : `${label}：${at(name)}`),
  };
}
