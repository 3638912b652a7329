import type { RefusalCode, RefusalFacts } from "../foundation/refusals.js";
import type { RevocationReason } from "../policy/certificateLifecycle.js";
import type { MenuItem } from "../policy/menu.js";

export const languages = ["ja", "en"] as const;
export type Language = (typeof languages)[number];

interface Wording {
  message: string;
  nextStep?: string;
}

/** What people are told, in one table. Codes never change; words may. */
export const wording: Record<RefusalCode, Record<Language, Wording>> = {
  AD_HOC_TRANSFER_OFF: {
    ja: { message: "都度振込利用が「利用しない」のため登録できません。", nextStep: "都度振込利用を「利用する」にするか、入力を取り消してください。" },
    en: { message: "Ad hoc transfers are off for this ID, so this can't be registered.", nextStep: "Turn ad hoc transfers on, or leave this out." },
  },
  ALREADY_ACKNOWLEDGED: {
    ja: { message: "この警告はすでに確認済みです。" },
    en: { message: "This alert has been acknowledged already, and nothing has happened since." },
  },
  ALREADY_ENROLLED: {
    ja: { message: "電子証明書は取得済みです。", nextStep: "別のパソコンで利用する場合は、管理者に、管理者ご自身の場合は当金庫に、再発行をご依頼ください。" },
    en: { message: "The certificate has been acquired already, for another key.", nextStep: "To use another PC, ask the Master to reissue it; a Master asks the bank." },
  },
  ALREADY_REVOKED: {
    ja: { message: "この電子証明書はすでに失効しています。" },
    en: { message: "This certificate is revoked already. Only its reason can still be raised to KEY_COMPROMISE." },
  },
  ALREADY_STOPPED: {
    ja: { message: "この契約先のお取引はすでに停止しています。", nextStep: "再開は当金庫へご連絡ください。" },
    en: { message: "The contract is stopped already.", nextStep: "Contact the bank to start it again." },
  },
  ALREADY_SUSPENDED: {
    ja: { message: "このIDはすでに利用停止中です。" },
    en: { message: "This ID is suspended already." },
  },
  APPROVAL_REQUIRED: {
    ja: { message: "この操作には、別の職員の承認が必要です。", nextStep: "承認依頼を登録してください。" },
    en: { message: "This takes two of the bank's staff.", nextStep: "Request it, and have a colleague approve it." },
  },
  APPROVER_ONLY: {
    ja: { message: "一般者権限では登録できません。", nextStep: "利用権限を「承認者」にするか、入力を取り消してください。" },
    en: { message: "An operator can't have this: it is for approvers only.", nextStep: "Make the user an approver, or leave this out." },
  },
  BANK_ONLY: {
    ja: { message: "この操作は当金庫だけが行えます。", nextStep: "当金庫へご連絡ください。" },
    en: { message: "Only the bank may do this.", nextStep: "Contact the bank." },
  },
  CALENDAR_MALFORMED: {
    ja: { message: "休日データの{line}行目を読み取れません。", nextStep: "「日付,名称」の形式（例：2026/11/23,勤労感謝の日）で、日付の重複がないように作成してください。" },
    en: { message: "Line {line} of the calendar can't be read.", nextStep: "Write one day a line with its name, as 2026/11/23,Labour Thanksgiving Day, no day twice." },
  },
  CERTIFICATE_EXPIRED: {
    ja: { message: "この電子証明書は有効期限が切れています。", nextStep: "再発行してください。" },
    en: { message: "This certificate has expired.", nextStep: "Have it reissued." },
  },
  CERTIFICATE_REQUIRED: {
    ja: { message: "電子証明書によるログインが必要です。", nextStep: "取得済みの電子証明書を選択してログインしてください。お手元にない場合は、管理者（管理者ご自身の場合は当金庫）へ再発行をご依頼ください。未取得の場合は先に取得してください。" },
    en: { message: "This needs a sign-in with the client certificate.", nextStep: "Choose the certificate that you acquired and sign in with it. If you don't have it at hand, ask the Master to reissue it; a Master asks the bank. If you haven't acquired it yet, do that first." },
  },
  CERTIFICATE_REVOKED: {
    ja: { message: "この電子証明書は失効しているため、取得できません。", nextStep: "管理者に、管理者ご自身の場合は当金庫に、再発行をご依頼ください。" },
    en: { message: "This certificate is revoked and can't be acquired.", nextStep: "Ask the Master to reissue it; a Master asks the bank." },
  },
  CONFLICT: {
    ja: { message: "ほかの操作により内容が変更されています。登録は行われませんでした。", nextStep: "最新の内容を表示して、もう一度操作してください。" },
    en: { message: "Somebody else changed this meanwhile. Nothing was registered.", nextStep: "Load it again and repeat." },
  },
  CONTRACT_STOPPED: {
    ja: { message: "この契約先のお取引は停止しています。", nextStep: "再開と電子証明書の失効は当金庫へご連絡ください。ログイン中の管理者は、停止中も失効を行えます。" },
    en: { message: "The contract is stopped.", nextStep: "Contact the bank to start it again, or to have a certificate revoked. The Master who is still signed in may revoke meanwhile." },
  },
  CSR_CONTAINS_PRIVATE_KEY: {
    ja: { message: "証明書発行要求に秘密鍵が含まれています。秘密鍵は誰にも送らないでください。", nextStep: "この鍵は破棄し、新しい鍵で証明書発行要求を作成してください。" },
    en: { message: "A private key was sent. Never send it to anybody.", nextStep: "Throw this key away and make a CSR with a new one." },
  },
  CSR_KEY_NOT_ALLOWED: {
    ja: { message: "証明書発行要求の公開鍵は利用できません。", nextStep: "P-256、P-384、または2048ビット以上のRSA（e=65537）の鍵を新しく作成してください。" },
    en: { message: "The CSR's public key isn't allowed.", nextStep: "Make a new key: P-256, P-384, or RSA of at least 2048 bits with e=65537." },
  },
  CSR_KEY_USED_BEFORE: {
    ja: { message: "この公開鍵はすでに別の電子証明書で使用されています。", nextStep: "新しい鍵を作成してください。" },
    en: { message: "An earlier certificate bore this public key.", nextStep: "Make a new key." },
  },
  CSR_MALFORMED: {
    ja: { message: "証明書発行要求（PKCS#10）として読み取れません。", nextStep: "PEM形式の証明書発行要求を1つだけ送信してください。" },
    en: { message: "This can't be read as a certificate request (PKCS#10).", nextStep: "Send one request in PEM, of at most 16 KB." },
  },
  CSR_SIGNATURE_INVALID: {
    ja: { message: "証明書発行要求の署名が正しくありません。", nextStep: "証明書発行要求を作成し直してください。" },
    en: { message: "The CSR's signature doesn't verify with its own key.", nextStep: "Make the request again." },
  },
  CSR_SIGNATURE_NOT_ALLOWED: {
    ja: { message: "証明書発行要求の署名方式は利用できません。", nextStep: "SHA-256、SHA-384、SHA-512のいずれかで署名してください。" },
    en: { message: "The CSR's signature algorithm isn't allowed.", nextStep: "Sign it with SHA-256, SHA-384 or SHA-512." },
  },
  DATE_INVALID: {
    ja: { message: "日付が正しくありません。", nextStep: "2000年から2099年までの実在する日付を、YYYY-MM-DDの形式で入力してください。" },
    en: { message: "This is no date that can be registered.", nextStep: "Write an existing day as YYYY-MM-DD, from 2000 to 2099." },
  },
  DAYS_NOT_ALLOWED: {
    ja: { message: "日数は{least}から{most}までの整数で入力してください。" },
    en: { message: "The days must be a whole number from {least} to {most}." },
  },
  ENROLLMENT_CODE_DEAD: {
    ja: { message: "この取得コードはすでに無効のため、再送できません。", nextStep: "電子証明書の再発行をご案内ください。" },
    en: { message: "This enrollment code is worth nothing any more and isn't sent again.", nextStep: "The certificate must be reissued." },
  },
  ENROLLMENT_CODE_LOCKED: {
    ja: { message: "取得コードの誤入力が続いたため、この取得コードは利用できません。", nextStep: "管理者に、管理者ご自身の場合は当金庫に、再発行をご依頼ください。" },
    en: { message: "Too many wrong enrollment codes: this one is worth nothing any more.", nextStep: "Ask the Master to reissue the certificate; a Master asks the bank." },
  },
  ENROLLMENT_CODE_REQUIRED: {
    ja: { message: "取得コードを入力してください。", nextStep: "取得コードは、管理者（管理者ご自身の場合は当金庫）から、またはメールで受け取ってください。" },
    en: { message: "The enrollment code is missing.", nextStep: "The Master was shown it at the reissue (a Master has it from the bank), or the bank sent it by mail." },
  },
  ENROLLMENT_CODE_WRONG: {
    ja: { message: "取得コードが正しくありません。", nextStep: "管理者（管理者ご自身の場合は当金庫）から、またはメールで受け取った取得コードを確認してください。" },
    en: { message: "The enrollment code is wrong.", nextStep: "Check the code that the Master was shown at the reissue (a Master has it from the bank), or that came by mail." },
  },
  ENROLLMENT_EXPIRED: {
    ja: { message: "電子証明書の取得期限が切れています。", nextStep: "管理者に、管理者ご自身の場合は当金庫に、再発行をご依頼ください。" },
    en: { message: "The enrollment deadline has passed.", nextStep: "Only a reissue helps: ask the Master; a Master asks the bank." },
  },
  GIVEN_TWICE: {
    ja: { message: "同じ項目が2回指定されています。", nextStep: "1回だけ指定してください。" },
    en: { message: "The same thing was given twice.", nextStep: "Give it once." },
  },
  HOLDER_ONLY: {
    ja: { message: "この操作はお客様ご本人だけが行えます。", nextStep: "お客様にご案内ください。" },
    en: { message: "Only the customer may do this, for its own ID.", nextStep: "Tell the customer how." },
  },
  IDEMPOTENCY_KEY_REUSED: {
    ja: { message: "同じ冪等キーで異なる内容の要求が送信されました。", nextStep: "新しい冪等キーで送信してください。" },
    en: { message: "This idempotency key was used for another request.", nextStep: "Send a new key with a new request." },
  },
  ID_DEREGISTERED: {
    ja: { message: "このIDは登録抹消されています。" },
    en: { message: "This ID is deregistered." },
  },
  ID_LOCKED: {
    ja: { message: "このIDはロックされています。", nextStep: "管理者（管理者IDの場合は当金庫）へご連絡ください。" },
    en: { message: "This ID is locked.", nextStep: "Ask the Master; a Master contacts the bank." },
  },
  ID_SUSPENDED: {
    ja: { message: "このIDは利用停止中です。", nextStep: "管理者へご連絡ください。" },
    en: { message: "This ID is suspended.", nextStep: "Ask the Master." },
  },
  INVALID_TEXT: {
    ja: { message: "利用できない文字が含まれています。", nextStep: "制御文字などを取り除いてください。" },
    en: { message: "The text contains characters that can't be stored.", nextStep: "Remove control characters and broken surrogates." },
  },
  KEEPING_NOT_ALLOWED: {
    ja: { message: "これまでの電子証明書を残すことはできません。", nextStep: "残さずに再発行してください。残せるのは、当金庫が認める場合の、パソコンの入替えによる再発行だけです。" },
    en: { message: "The old certificate can't be kept.", nextStep: "Reissue without keeping it: only for a PC that is replaced (DEVICE_REPLACED), while the old certificate is active, and where the bank allows it." },
  },
  LIMIT_NOT_ALLOWED: {
    ja: { message: "都度振込取扱限度額は0から{most}までの整数（千円単位）で入力してください。", nextStep: "0は当金庫の標準限度額です。" },
    en: { message: "The limit must be a whole number of thousands of yen, from 0 to {most}.", nextStep: "0 stands for the bank's own default." },
  },
  LOGIN_ID_INVALID: {
    ja: { message: "お客様IDは英字と数字の両方を含む6～12文字の英数字で入力してください。" },
    en: { message: "A login ID has 6 to 12 letters and digits, at least one of each." },
  },
  LOGIN_ID_TAKEN: {
    ja: { message: "このお客様IDは登録できません。", nextStep: "別のお客様IDを入力してください。登録抹消したお客様IDは再利用できません。" },
    en: { message: "This login ID can't be registered: it is, or was, in use.", nextStep: "Choose another one. A deregistered login ID never comes back." },
  },
  MAIL_ADDRESS_INVALID: {
    ja: { message: "メールアドレスが正しくありません。", nextStep: "半角で、name@example.co.jp の形式で入力してください。" },
    en: { message: "This is no mail address that a notice can be sent to.", nextStep: "Write it as name@example.co.jp, in ASCII." },
  },
  MAIL_ADDRESS_REQUIRED: {
    ja: { message: "取得コードをお送りするメールアドレスが登録されていません。", nextStep: "利用者のメールアドレスを登録してください。" },
    en: { message: "There is no mail address that the enrollment code could be sent to.", nextStep: "Register the user's mail address first." },
  },
  MAIL_ADDRESS_TOO_NEW: {
    ja: { message: "メールアドレスが変更されたばかりのため、{restsUntil}まで取得コードをお送りできません。", nextStep: "その後に、もう一度操作してください。" },
    en: { message: "The mail address was changed a short time ago: no enrollment code is sent there before {restsUntil}.", nextStep: "Repeat it then." },
  },
  MASTER_ONLY: {
    ja: { message: "この操作は管理者（マスターID）だけが行えます。", nextStep: "管理者（マスターID）へご依頼ください。" },
    en: { message: "Only the Master may do this.", nextStep: "The contract's Master must." },
  },
  NEW_PASSWORD_REQUIRED: {
    ja: { message: "初期パスワードのままではログインできません。", nextStep: "新しいパスワードと確認用を入力して、もう一度ログインしてください。" },
    en: { message: "This first password must be changed.", nextStep: "Sign in again with newPassword and newPasswordConfirmation." },
  },
  NOTHING_TO_REVOKE: {
    ja: { message: "失効できる電子証明書がありません。", nextStep: "「継続利用する」または「再発行する」を選択してください。" },
    en: { message: "There is no certificate to revoke.", nextStep: "Choose KEEP or REISSUE." },
  },
  NOT_DEAD: {
    ja: { message: "このお知らせは、再送の必要がありません。", nextStep: "最新の内容を表示してください。" },
    en: { message: "This notice isn't given up: it was sent, or is going to be.", nextStep: "Load it again." },
  },
  NOT_FOR_MASTER: {
    ja: { message: "管理者のIDには登録できません。", nextStep: "入力を取り消してください。" },
    en: { message: "A Master's ID can't have this.", nextStep: "Leave this out." },
  },
  NOT_FOUND: {
    ja: { message: "対象が見つかりません。", nextStep: "一覧から選び直してください。" },
    en: { message: "There is no such thing.", nextStep: "Choose it from the list again." },
  },
  NOT_LOCKED: {
    ja: { message: "このパスワードはロックされていません。", nextStep: "最新の内容を表示してください。" },
    en: { message: "This password isn't locked.", nextStep: "Load the user again." },
  },
  NOT_STOPPED: {
    ja: { message: "この契約先のお取引は停止していません。" },
    en: { message: "The contract isn't stopped." },
  },
  NOT_SUSPENDED: {
    ja: { message: "このIDは利用停止中ではありません。" },
    en: { message: "This ID isn't suspended." },
  },
  NOT_YET_ACQUIRED: {
    ja: { message: "電子証明書がまだ取得されていません。", nextStep: "取得コードにより電子証明書を取得した後に、もう一度操作してください。" },
    en: { message: "The certificate hasn't been acquired yet.", nextStep: "Repeat this once its holder has acquired it with its enrollment code." },
  },
  NO_CERTIFICATE: {
    ja: { message: "電子証明書がありません。", nextStep: "必要な場合は、管理者に、管理者ご自身の場合は当金庫に、再発行をご依頼ください。" },
    en: { message: "There is no certificate.", nextStep: "If one is needed, the Master has it reissued; a Master asks the bank." },
  },
  OWN_CERTIFICATE: {
    ja: { message: "管理者の電子証明書は、管理者ご自身では再発行・失効できません。", nextStep: "当金庫へご連絡ください。" },
    en: { message: "A Master can't reissue or revoke its own certificate.", nextStep: "Contact the bank." },
  },
  OWN_ID: {
    ja: { message: "管理者のIDは、管理者ご自身では利用停止・ロック解除・登録抹消できません。", nextStep: "当金庫へご連絡ください。" },
    en: { message: "A Master can't suspend, unlock or deregister its own ID.", nextStep: "Contact the bank." },
  },
  OWN_PASSWORD: {
    ja: { message: "管理者ご自身のパスワードは、この画面では変更できません。", nextStep: "「パスワード変更」で、現在のパスワードを入力して変更してください。" },
    en: { message: "A Master's own passwords can't be set here.", nextStep: "Change them with changePasswords, which asks for those in use." },
  },
  PASSWORD_CHANGE_REQUIRED: {
    ja: { message: "パスワードの変更が必要です。", nextStep: "対象のパスワードをすべて変更してください。" },
    en: { message: "The passwords must be changed first.", nextStep: "Change all that are due with changePasswords, in one go." },
  },
  PASSWORD_CHARACTERS_NOT_ALLOWED: {
    ja: { message: "パスワードに利用できない文字が含まれています。", nextStep: "半角の英字、数字、記号（空白を除く）を利用してください。" },
    en: { message: "The password contains characters that aren't allowed.", nextStep: "Use ASCII letters, digits and marks, no spaces." },
  },
  PASSWORD_IS_LOGIN_ID: {
    ja: { message: "お客様ID（職員ID）を含むパスワードは登録できません。" },
    en: { message: "The password contains the login ID." },
  },
  PASSWORD_LOCKED: {
    ja: { message: "このパスワードはロックされています。", nextStep: "管理者（管理者IDの場合は当金庫）へご連絡ください。" },
    en: { message: "This password is locked.", nextStep: "Ask the Master; a Master contacts the bank." },
  },
  PASSWORD_MARKS_NOT_ALLOWED: {
    ja: { message: "パスワードに記号は利用できません。", nextStep: "半角の英字と数字だけを利用してください。" },
    en: { message: "This bank's passwords have no marks.", nextStep: "Use letters and digits alone." },
  },
  PASSWORD_MISMATCH: {
    ja: { message: "確認用のパスワードが一致しません。", nextStep: "同じパスワードを2回入力してください。" },
    en: { message: "The two entries of the new password differ.", nextStep: "Enter the same one twice." },
  },
  PASSWORD_NEEDS_BOTH_KINDS: {
    ja: { message: "パスワードには英字と数字の両方が必要です。" },
    en: { message: "The password needs a letter and a digit at least." },
  },
  PASSWORD_REQUIRED: {
    ja: { message: "パスワードを入力してください。" },
    en: { message: "A password is missing here." },
  },
  PASSWORD_TOO_LONG: {
    ja: { message: "パスワードは{most}文字以内で入力してください。" },
    en: { message: "The password may have at most {most} characters." },
  },
  PASSWORD_TOO_SHORT: {
    ja: { message: "パスワードは{least}文字以上で入力してください。" },
    en: { message: "The password needs at least {least} characters." },
  },
  PASSWORD_USED_BEFORE: {
    ja: { message: "現在または以前に使用したパスワード（直近{remembered}回分）は登録できません。" },
    en: { message: "A password that was in use can't be used again; remembered: {remembered}." },
  },
  PASSWORD_WRONG: {
    ja: { message: "現在のパスワードが正しくありません。", nextStep: "現在のパスワードを確認してください。誤入力が続くとロックされます。" },
    en: { message: "The password in use is wrong.", nextStep: "Check it. Too many wrong entries in a row lock it." },
  },
  POWERS_NOT_HELD: {
    ja: { message: "承認と都度振込は保留されていません。", nextStep: "最新の内容を表示してください。" },
    en: { message: "This ID's powers aren't on hold.", nextStep: "Load the user again." },
  },
  PRESENTED_CERTIFICATE_EXPIRED: {
    ja: { message: "ご提示の電子証明書は{notAfter}に有効期限が切れています。", nextStep: "電子証明書を選択せずにログインして新しい電子証明書を取得するか、管理者に、管理者ご自身の場合は当金庫に、再発行をご依頼ください。" },
    en: { message: "The certificate that was presented expired on {notAfter}.", nextStep: "Have it reissued, and sign in without it to acquire the new one." },
  },
  PRESENTED_CERTIFICATE_OF_ANOTHER: {
    ja: { message: "ご提示の電子証明書は、このお客様IDのものではありません。", nextStep: "このお客様IDの電子証明書を選択してください。" },
    en: { message: "The certificate that was presented belongs to another ID.", nextStep: "Choose the certificate of this ID." },
  },
  PRESENTED_CERTIFICATE_REVOKED: {
    ja: { message: "ご提示の電子証明書は{revokedAt}に失効しています（理由：{revocationReason}）。", nextStep: "新しい電子証明書を選択するか、電子証明書を選択せずにログインして取得してください。お心当たりがない場合は管理者または当金庫へご連絡ください。" },
    en: { message: "The certificate that was presented was revoked on {revokedAt} ({revocationReason}).", nextStep: "Choose the new one, or sign in without one to acquire it. If you know nothing of this, tell your Master or the bank." },
  },
  PRESENTED_CERTIFICATE_UNKNOWN: {
    ja: { message: "ご提示の電子証明書は、当金庫が発行したログイン用の電子証明書ではありません。", nextStep: "当金庫の電子証明書を選択してください。" },
    en: { message: "The certificate that was presented isn't one of ours for signing in.", nextStep: "Choose the one that was acquired here." },
  },
  REGISTRATION_PASSWORD_LOCKED: {
    ja: { message: "登録確認用パスワードはご利用になれません。", nextStep: "当金庫へご連絡ください。" },
    en: { message: "The registration password is restricted or not set.", nextStep: "Contact the bank." },
  },
  REGISTRATION_PASSWORD_REQUIRED: {
    ja: { message: "登録確認用パスワードを入力してください。" },
    en: { message: "The registration password is missing." },
  },
  REGISTRATION_PASSWORD_WRONG: {
    ja: { message: "登録確認用パスワードが正しくありません。", nextStep: "入力内容を確認してください。誤入力が続くとロックされます。" },
    en: { message: "The registration password is wrong.", nextStep: "Check it. Too many wrong entries in a row lock it." },
  },
  RENEWAL_TOO_EARLY: {
    ja: { message: "電子証明書の更新は{from}から行えます。", nextStep: "その後に更新してください。パソコンを入れ替える場合は、管理者（管理者ご自身の場合は当金庫）に再発行をご依頼ください。" },
    en: { message: "This certificate can be renewed from {from} on.", nextStep: "Renew it then. For another PC, ask the Master to reissue it; a Master asks the bank." },
  },
  REQUESTER_ONLY: {
    ja: { message: "承認依頼の取下げは、依頼した職員だけが行えます。", nextStep: "承認しない場合は却下してください。" },
    en: { message: "Only the operator who requested it may withdraw it.", nextStep: "Reject it instead." },
  },
  REQUEST_DECIDED: {
    ja: { message: "この承認依頼はすでに処理されています。" },
    en: { message: "The request has been decided already." },
  },
  REQUEST_EXPIRED: {
    ja: { message: "この承認依頼は期限が切れています。", nextStep: "あらためて依頼を登録してください。" },
    en: { message: "The request has expired.", nextStep: "Request it anew." },
  },
  REQUEST_OUTDATED: {
    ja: { message: "承認依頼の後に対象が変更されたため、この依頼は無効です。", nextStep: "最新の内容を確認し、あらためて依頼を登録してください。" },
    en: { message: "The target changed after the request, which is void now.", nextStep: "Look at it again and request it anew." },
  },
  SAME_OPERATOR: {
    ja: { message: "依頼した職員ご自身では承認・却下できません。", nextStep: "別の職員が処理してください。" },
    en: { message: "Whoever requested it can't decide on it.", nextStep: "A colleague must." },
  },
  SAME_SESSION: {
    ja: { message: "再発行を登録したときのログインのままでは、承認と都度振込を再開できません。", nextStep: "利用者ご本人が新しい電子証明書を取得したことを確認し、ログインし直してから操作してください。" },
    en: { message: "In the session that reissued the certificate, its holder's powers can't be given back.", nextStep: "Make sure that the holder itself has acquired the new certificate, sign in anew, and repeat it." },
  },
  SIGN_IN_FAILED: {
    ja: { message: "お客様IDまたはパスワードが正しくないか、ご利用が制限されています。", nextStep: "入力内容を確認してください。解決しない場合は管理者または当金庫へご連絡ください。" },
    en: { message: "The ID or the password is wrong, or the ID is restricted.", nextStep: "Check what you entered. If that doesn't help, ask your Master or the bank." },
  },
  TEXT_TOO_LONG: {
    ja: { message: "{most}文字以内で入力してください。" },
    en: { message: "The text may have at most {most} characters." },
  },
  TOO_MANY_AT_ONCE: {
    ja: { message: "一度に登録・削除できるのは{most}件までです。", nextStep: "分けて登録してください。" },
    en: { message: "At most {most} changes at once.", nextStep: "Send them in parts." },
  },
  TOO_MANY_USERS: {
    ja: { message: "利用者の登録数が上限（{most}ID）に達しています。", nextStep: "不要なお客様IDを登録抹消してください。" },
    en: { message: "The contract has its {most} Public IDs already.", nextStep: "Deregister one that isn't needed any more." },
  },
  VALUE_REQUIRED: {
    ja: { message: "入力してください。" },
    en: { message: "This must be filled in." },
  },
  WARN_NOT_BEFORE_MAX: {
    ja: { message: "アラーム期間は変更期間より短くしてください。", nextStep: "変更期間を設定しない場合は、アラーム期間も空欄にしてください。" },
    en: { message: "The warning period must be shorter than the maximum age.", nextStep: "Without a maximum age, leave it out." },
  },
};

/** 【管理機能】's items. */
export const menuLabels: Record<MenuItem, Record<Language, string>> = {
  ID_MAINTENANCE: { ja: "IDメンテナンス", en: "ID maintenance" },
  ID_UNLOCK: { ja: "IDロック解除", en: "Unlock an ID" },
  CALENDAR: { ja: "カレンダー管理", en: "Calendar" },
  USAGE_HISTORY: { ja: "利用履歴照会", en: "Usage history" },
  CONTRACT_STOP: { ja: "WEB-FB取引停止", en: "Emergency stop" },
};

/** The words for a refusal, with the facts that they name. */
export function worded(code: RefusalCode, language: Language, facts: RefusalFacts): Wording {
  const { message, nextStep } = wording[code][language];
  const named = message.replace(/\{(\w+)\}/g, (_, name: string) => factWorded(facts[name], language));
  return nextStep === undefined ? { message: named } : { message: named, nextStep };
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

export const UNAUTHENTICATED: Record<Language, string> = {
  ja: "ログインしていないか、セッションが終了しています。ログインしてください。",
  en: "Nobody is signed in, or the session has ended. Sign in.",
};

export const INTERNAL_ERROR: Record<Language, string> = {
  ja: "システムエラーが発生しました。時間をおいてやり直し、解決しない場合は要求番号を添えて当金庫へご連絡ください。",
  en: "Something went wrong on our side. Try again later; if it stays, contact the bank and quote the request id.",
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
