import type { RefusalFacts } from "../foundation/refusals.js";
import type { RevocationReason } from "../policy/certificateLifecycle.js";
import type { MenuItem } from "../policy/menu.js";
import { errorTable, type ErrorCode, type Language, type Wording } from "./errorTable.js";

export { languages, type Language } from "./errorTable.js";

/** 【管理機能】's items. */
export const menuLabels: Record<MenuItem, Record<Language, string>> = {
  ID_MAINTENANCE: { ja: "IDメンテナンス", en: "ID maintenance" },
  ID_UNLOCK: { ja: "IDロック解除", en: "Unlock an ID" },
  CALENDAR: { ja: "カレンダー管理", en: "Calendar" },
  USAGE_HISTORY: { ja: "利用履歴照会", en: "Usage history" },
  CONTRACT_STOP: { ja: "WEB-FB取引停止", en: "Emergency stop" },
};

/** The words for a code, with the facts that they name. */
export function worded(code: ErrorCode, language: Language, facts: RefusalFacts = {}): Wording {
  const { message, nextStep } = errorTable[code][language];
  const named = (text: string) => text.replace(/\{(\w+)\}/g, (_, name: string) => factWorded(facts[name], language));
  return { message: named(message), nextStep: named(nextStep) };
}

function factWorded(fact: RefusalFacts[string] | undefined, language: Language): string {
  if (fact instanceof Date) return instants[language](fact);
  if (typeof fact === "number") return fact.toLocaleString(language);
  return reasonWords[fact as RevocationReason][language];
}

/** Japan time, and it says so where it isn't a matter of course. */
const instants: Record<Language, (instant: Date) => string> = {
  ja: (instant) => inJapan("ja-JP", { dateStyle: "long", timeStyle: "short" }, instant),
  en: (instant) => `${inJapan("en-GB", { dateStyle: "long" }, instant)}, ${inJapan("en-GB", { timeStyle: "short" }, instant)} Japan time`,
};

function inJapan(locale: string, options: Intl.DateTimeFormatOptions, instant: Date): string {
  return new Intl.DateTimeFormat(locale, { ...options, timeZone: "Asia/Tokyo" }).format(instant);
}

const reasonWords: Record<RevocationReason, Record<Language, string>> = {
  UNSPECIFIED: { ja: "理由の指定なし", en: "no reason given" },
  KEY_COMPROMISE: { ja: "紛失・盗難・漏えいのおそれ", en: "lost, stolen or compromised" },
  AFFILIATION_CHANGED: { ja: "所属の変更", en: "the holder's place changed" },
  SUPERSEDED: { ja: "再発行", en: "replaced by a reissued one" },
  CESSATION_OF_OPERATION: { ja: "利用の終了", en: "no longer used" },
  PRIVILEGE_WITHDRAWN: { ja: "権限の取消し", en: "rights withdrawn" },
};

/** 登録完了: a change as the manual words it, the others after it. */
export const completions = {
  CHANGED: { ja: "お客様IDの変更が終了しました。", en: "The customer ID has been changed." },
  REGISTERED: { ja: "お客様IDの登録が終了しました。", en: "The customer ID has been registered." },
  DEREGISTERED: { ja: "お客様IDの登録抹消が終了しました。", en: "The customer ID has been deregistered." },
  SUSPENDED: { ja: "お客様IDの利用を停止しました。", en: "The customer ID has been suspended." },
  RESUMED: { ja: "お客様IDの利用停止を解除しました。", en: "The customer ID may sign in again." },
  UNLOCKED: { ja: "お客様IDのロックを解除しました。", en: "The customer ID has been unlocked." },
  POWERS_RESTORED: { ja: "承認と都度振込の保留を解除しました。", en: "The customer ID may approve and transfer again." },
  PASSWORDS_CHANGED: { ja: "パスワードの変更が終了しました。", en: "The passwords have been changed." },
} as const satisfies Record<string, Record<Language, string>>;

const NAMED: Record<Language, (loginId: string) => string> = {
  ja: (loginId) => `このお客様IDは「${loginId}」です。`,
  en: (loginId) => ` This customer ID is "${loginId}".`,
};

/** What a person is told when it is done, with the ID that it was done to. */
export function completed(completion: keyof typeof completions, language: Language, loginId: string): string {
  return completions[completion][language] + NAMED[language](loginId);
}
