import type { RefusalCode } from "../foundation/refusals.js";
import type { RequestErrorCode } from "../foundation/requestRefusals.js";

export const languages = ["ja", "en"] as const;
export type Language = (typeof languages)[number];

/** What a person is told, and what to do next. `{name}` stands for a fact. */
export interface Wording {
  message: string;
  nextStep: string;
}

export interface ErrorEntry extends Record<Language, Wording> {
  /** What brings it about, for whoever writes a client. */
  example: string;
}

/** One that is wrong with the request itself, with the HTTP status that it gets where nothing was executed. */
export interface RequestErrorEntry extends ErrorEntry {
  status: number;
}

export type ErrorCode = RefusalCode | RequestErrorCode;

/**
 * Every code that can come back, in one table: it words the answers, describes the enum `RefusalCode`, answers
 * `errorCatalog` and is printed as docs/errors.md. Codes never change; words may.
 */
export const errorTable: Record<RefusalCode, ErrorEntry> & Record<RequestErrorCode, RequestErrorEntry> = {
  AD_HOC_TRANSFER_OFF: {
    ja: { message: "都度振込利用が「利用しない」のため登録できません。", nextStep: "都度振込利用を「利用する」にするか、入力を取り消してください。" },
    en: { message: "Ad hoc transfers are off for this ID, so this can't be registered.", nextStep: "Turn ad hoc transfers on, or leave this out." },
    example: "updateUser with adHocTransferLimit for an ID whose adHocTransferEnabled is false.",
  },
  ALREADY_ACKNOWLEDGED: {
    ja: { message: "この警告はすでに確認済みです。", nextStep: "ほかに確認が必要な警告がないか、一覧を確認してください。" },
    en: { message: "This alert has been acknowledged already, and nothing has happened since.", nextStep: "Look at the list for what is still to be acknowledged." },
    example: "acknowledgeAlert a second time, nothing having happened since.",
  },
  ALREADY_ENROLLED: {
    ja: { message: "電子証明書は取得済みです。", nextStep: "別のパソコンで利用する場合は、管理者に、管理者ご自身の場合は当金庫に、再発行をご依頼ください。" },
    en: { message: "The certificate has been acquired already, for another key.", nextStep: "To use another PC, ask the Master to reissue it; a Master asks the bank." },
    example: "enrollCertificate again, with a CSR of another key.",
  },
  ALREADY_REVOKED: {
    ja: { message: "この電子証明書はすでに失効しています。", nextStep: "新しい電子証明書が必要な場合は、再発行してください。" },
    en: { message: "This certificate is revoked already. Only its reason can still be raised to KEY_COMPROMISE.", nextStep: "If a new one is needed, have it reissued." },
    example: "revokeCertificate of a certificate whose status is REVOKED.",
  },
  ALREADY_STOPPED: {
    ja: { message: "この契約先のお取引はすでに停止しています。", nextStep: "再開は当金庫へご連絡ください。" },
    en: { message: "The contract is stopped already.", nextStep: "Contact the bank to start it again." },
    example: "stopContract of a contract that is stopped.",
  },
  ALREADY_SUSPENDED: {
    ja: { message: "このIDはすでに利用停止中です。", nextStep: "利用を再開する場合は、利用停止を解除してください。" },
    en: { message: "This ID is suspended already.", nextStep: "To let it sign in again, resume it." },
    example: "suspendUser of an ID whose status is SUSPENDED.",
  },
  APPROVAL_REQUIRED: {
    ja: { message: "この操作には、別の職員の承認が必要です。", nextStep: "承認依頼を登録してください。" },
    en: { message: "This takes two of the bank's staff.", nextStep: "Request it, and have a colleague approve it." },
    example: "One of the bank's staff calls reissueCertificate for a Master instead of requestReissue.",
  },
  APPROVER_ONLY: {
    ja: { message: "一般者権限では登録できません。", nextStep: "利用権限を「承認者」にするか、入力を取り消してください。" },
    en: { message: "An operator can't have this: it is for approvers only.", nextStep: "Make the user an approver, or leave this out." },
    example: "updateUser with newApprovalPassword for an ID whose authority is OPERATOR.",
  },
  BAD_REQUEST: {
    status: 400,
    ja: { message: "要求をGraphQL over HTTPとして読み取れません。", nextStep: "POSTでJSONのqueryを、またはGETで事前確認用のヘッダー（apollo-require-preflight）とともにqueryを送信してください。" },
    en: { message: "This is no GraphQL request over HTTP.", nextStep: "Send JSON with a query by POST; by GET a query alone, with the header apollo-require-preflight." },
    example: "A GET of /graphql without the header apollo-require-preflight, which a page elsewhere could be made to send.",
  },
  BAD_USER_INPUT: {
    status: 400,
    ja: { message: "引数または変数の値が正しくありません。", nextStep: "messageに示された箇所をスキーマに合わせてください。" },
    en: { message: "An argument or a variable has a value that it can't have.", nextStep: "Look at the place that the message names, and at the schema." },
    example: "users(first: 0), or a variable of the type Int with the value \"1\".",
  },
  BANK_ONLY: {
    ja: { message: "この操作は当金庫だけが行えます。", nextStep: "当金庫へご連絡ください。" },
    en: { message: "Only the bank may do this.", nextStep: "Contact the bank." },
    example: "A Master calls loadHolidays.",
  },
  BATCH_NOT_ALLOWED: {
    status: 400,
    ja: { message: "複数の要求をまとめて送信することはできません。", nextStep: "1件ずつ送信してください。" },
    en: { message: "Several requests in one are not taken.", nextStep: "Send them one by one." },
    example: "POST with the body [{\"query\": \"{ viewer { signedInAt } }\"}].",
  },
  CALENDAR_MALFORMED: {
    ja: { message: "休日データの{line}行目を読み取れません。", nextStep: "「日付,名称」の形式（例：2026/11/23,勤労感謝の日）で、日付の重複がないように作成してください。" },
    en: { message: "Line {line} of the calendar can't be read.", nextStep: "Write one day a line with its name, as 2026/11/23,Labour Thanksgiving Day, no day twice." },
    example: "loadHolidays with the line \"2026/13/45,Some day\".",
  },
  CERTIFICATE_EXPIRED: {
    ja: { message: "この電子証明書は有効期限が切れています。", nextStep: "再発行してください。" },
    en: { message: "This certificate has expired.", nextStep: "Have it reissued." },
    example: "revokeCertificate of a certificate whose notAfter has passed.",
  },
  CERTIFICATE_REQUIRED: {
    ja: { message: "電子証明書によるログインが必要です。", nextStep: "取得済みの電子証明書を選択してログインしてください。お手元にない場合は、管理者（管理者ご自身の場合は当金庫）へ再発行をご依頼ください。未取得の場合は先に取得してください。" },
    en: { message: "This needs a sign-in with the client certificate.", nextStep: "Choose the certificate that you acquired and sign in with it. If you don't have it at hand, ask the Master to reissue it; a Master asks the bank. If you haven't acquired it yet, do that first." },
    example: "signIn without the client certificate, where the contract requires it and the ID has one.",
  },
  CERTIFICATE_REVOKED: {
    ja: { message: "この電子証明書は失効しているため、取得できません。", nextStep: "管理者に、管理者ご自身の場合は当金庫に、再発行をご依頼ください。" },
    en: { message: "This certificate is revoked and can't be acquired.", nextStep: "Ask the Master to reissue it; a Master asks the bank." },
    example: "enrollCertificate for a certificate that was revoked before it was acquired.",
  },
  CLIENT_CERT_MALFORMED: {
    status: 400,
    ja: { message: "Client-Certヘッダーを読み取れません。", nextStep: "プロキシの設定を確認してください。" },
    en: { message: "Client-Cert carries one certificate, by RFC 9440 or as nginx escapes it.", nextStep: "Look at the proxy's configuration: docs/proxies." },
    example: "Two Client-Cert headers in one request.",
  },
  CLIENT_CERT_NOT_TRUSTED: {
    status: 400,
    ja: { message: "Client-Certヘッダーは、設定されたプロキシ以外からは受け付けません。", nextStep: "プロキシを設定（SHOMEI_PROXIES）に加えるか、ヘッダーを送信しないでください。" },
    en: { message: "Client-Cert is taken from the proxies that are configured, and from nobody else.", nextStep: "Name the proxy in SHOMEI_PROXIES, or don't send the header." },
    example: "Client-Cert in a request that came by no proxy.",
  },
  CONFLICT: {
    ja: { message: "ほかの操作により内容が変更されています。登録は行われませんでした。", nextStep: "最新の内容を表示して、もう一度操作してください。" },
    en: { message: "Somebody else changed this meanwhile. Nothing was registered.", nextStep: "Load it again and repeat." },
    example: "reissueCertificate with the expectedVersion of a screen that was loaded before somebody changed the user.",
  },
  CONTRACT_STOPPED: {
    ja: { message: "この契約先のお取引は停止しています。", nextStep: "再開と電子証明書の失効は当金庫へご連絡ください。ログイン中の管理者は、停止中も失効を行えます。" },
    en: { message: "The contract is stopped.", nextStep: "Contact the bank to start it again, or to have a certificate revoked. The Master who is still signed in may revoke meanwhile." },
    example: "signIn to a contract that is stopped.",
  },
  CSR_CONTAINS_PRIVATE_KEY: {
    ja: { message: "証明書発行要求に秘密鍵が含まれています。秘密鍵は誰にも送らないでください。", nextStep: "この鍵は破棄し、新しい鍵で証明書発行要求を作成してください。" },
    en: { message: "A private key was sent. Never send it to anybody.", nextStep: "Throw this key away and make a CSR with a new one." },
    example: "enrollCertificate with a PEM file that holds the key beside the request.",
  },
  CSR_KEY_NOT_ALLOWED: {
    ja: { message: "証明書発行要求の公開鍵は利用できません。", nextStep: "P-256、P-384、または2048ビット以上のRSA（e=65537）の鍵を新しく作成してください。" },
    en: { message: "The CSR's public key isn't allowed.", nextStep: "Make a new key: P-256, P-384, or RSA of at least 2048 bits with e=65537." },
    example: "enrollCertificate with a CSR of an RSA key of 1024 bits.",
  },
  CSR_KEY_USED_BEFORE: {
    ja: { message: "この公開鍵はすでに別の電子証明書で使用されています。", nextStep: "新しい鍵を作成してください。" },
    en: { message: "An earlier certificate bore this public key.", nextStep: "Make a new key." },
    example: "enrollCertificate with the key of the certificate before.",
  },
  CSR_MALFORMED: {
    ja: { message: "証明書発行要求（PKCS#10）として読み取れません。", nextStep: "PEM形式の証明書発行要求を1つだけ送信してください。" },
    en: { message: "This can't be read as a certificate request (PKCS#10).", nextStep: "Send one request in PEM, of at most 16 KB." },
    example: "enrollCertificate with csr: \"hello\".",
  },
  CSR_SIGNATURE_INVALID: {
    ja: { message: "証明書発行要求の署名が正しくありません。", nextStep: "証明書発行要求を作成し直してください。" },
    en: { message: "The CSR's signature doesn't verify with its own key.", nextStep: "Make the request again." },
    example: "enrollCertificate with a CSR of which an octet was changed.",
  },
  CSR_SIGNATURE_NOT_ALLOWED: {
    ja: { message: "証明書発行要求の署名方式は利用できません。", nextStep: "SHA-256、SHA-384、SHA-512のいずれかで署名してください。" },
    en: { message: "The CSR's signature algorithm isn't allowed.", nextStep: "Sign it with SHA-256, SHA-384 or SHA-512." },
    example: "enrollCertificate with a CSR that is signed with SHA-1.",
  },
  DATABASE_UNAVAILABLE: {
    status: 503,
    ja: { message: "ただいまデータベースに接続できないため、処理を完了できませんでした。", nextStep: "時間をおいて、もう一度送信してください。登録の要求は、同じidempotencyKeyを付けて送信するか、登録されていないことを確認してから送信してください。" },
    en: { message: "The database can't be reached, so this could not be completed.", nextStep: "Send it again in a while. What changes something: with the same idempotencyKey, or after a look whether it was registered." },
    example: "Any operation while the database is down, or its cluster has no majority.",
  },
  DATE_INVALID: {
    ja: { message: "日付が正しくありません。", nextStep: "2000年から2099年までの実在する日付を、YYYY-MM-DDの形式で入力してください。" },
    en: { message: "This is no date that can be registered.", nextStep: "Write an existing day as YYYY-MM-DD, from 2000 to 2099." },
    example: "editClosedDays with a day of the year 1999.",
  },
  DAYS_NOT_ALLOWED: {
    ja: { message: "日数は{least}から{most}までの整数で入力してください。", nextStep: "日数を入力し直してください。" },
    en: { message: "The days must be a whole number from {least} to {most}.", nextStep: "Enter another number of days." },
    example: "updateUser with passwordMaxAgeDays: 0.",
  },
  DOCUMENT_NOT_TRUSTED: {
    status: 403,
    ja: { message: "このクライアントは、登録済みの操作だけを送信できます。", nextStep: "操作を登録するか、登録済みの操作の識別子を送信してください。" },
    en: { message: "This client may send registered operations alone.", nextStep: "Have the operation registered (npm run documents), and send its id." },
    example: "A query of one's own with apollographql-client-name: a client of SHOMEI_TRUSTED_ONLY.",
  },
  ENROLLMENT_CODE_DEAD: {
    ja: { message: "この取得コードはすでに無効のため、再送できません。", nextStep: "電子証明書の再発行をご案内ください。" },
    en: { message: "This enrollment code is worth nothing any more and isn't sent again.", nextStep: "The certificate must be reissued." },
    example: "resendNotice of a mail with an enrollment code that was used or replaced meanwhile.",
  },
  ENROLLMENT_CODE_LOCKED: {
    ja: { message: "取得コードの誤入力が続いたため、この取得コードは利用できません。", nextStep: "管理者に、管理者ご自身の場合は当金庫に、再発行をご依頼ください。" },
    en: { message: "Too many wrong enrollment codes: this one is worth nothing any more.", nextStep: "Ask the Master to reissue the certificate; a Master asks the bank." },
    example: "enrollCertificate after too many wrong codes in a row.",
  },
  ENROLLMENT_CODE_REQUIRED: {
    ja: { message: "取得コードを入力してください。", nextStep: "取得コードは、管理者（管理者ご自身の場合は当金庫）から、またはメールで受け取ってください。" },
    en: { message: "The enrollment code is missing.", nextStep: "The Master was shown it at the reissue (a Master has it from the bank), or the bank sent it by mail." },
    example: "enrollCertificate without enrollmentCode.",
  },
  ENROLLMENT_CODE_WRONG: {
    ja: { message: "取得コードが正しくありません。", nextStep: "管理者（管理者ご自身の場合は当金庫）から、またはメールで受け取った取得コードを確認してください。" },
    en: { message: "The enrollment code is wrong.", nextStep: "Check the code that the Master was shown at the reissue (a Master has it from the bank), or that came by mail." },
    example: "enrollCertificate with a code of another reissue.",
  },
  ENROLLMENT_EXPIRED: {
    ja: { message: "電子証明書の取得期限が切れています。", nextStep: "管理者に、管理者ご自身の場合は当金庫に、再発行をご依頼ください。" },
    en: { message: "The enrollment deadline has passed.", nextStep: "Only a reissue helps: ask the Master; a Master asks the bank." },
    example: "enrollCertificate after the certificate's enrollmentDeadline.",
  },
  GIVEN_TWICE: {
    ja: { message: "同じ項目が2回指定されています。", nextStep: "1回だけ指定してください。" },
    en: { message: "The same thing was given twice.", nextStep: "Give it once." },
    example: "changePasswords with two entries of the kind LOGIN.",
  },
  GRAPHQL_PARSE_FAILED: {
    status: 400,
    ja: { message: "GraphQLの構文が正しくありません。", nextStep: "messageに示された箇所を修正してください。" },
    en: { message: "The document can't be read as GraphQL.", nextStep: "Look at the place that the message names." },
    example: "query: \"{ viewer {\".",
  },
  GRAPHQL_VALIDATION_FAILED: {
    status: 400,
    ja: { message: "GraphQLの文書がスキーマに合っていません。", nextStep: "messageに示された箇所をスキーマに合わせてください。" },
    en: { message: "The document doesn't fit the schema.", nextStep: "Look at the place that the message names, and at schema/schema.graphql." },
    example: "{ viewer { shoeSize } }.",
  },
  HEADERS_TOO_LARGE: {
    status: 431,
    ja: { message: "要求のヘッダーが長すぎます（上限{limit}バイト）。", nextStep: "ヘッダーを短くするか、GETの代わりにPOSTで送信してください。" },
    en: { message: "The request's headers are too long: at most {limit} bytes.", nextStep: "Shorten them, or send a long query by POST." },
    example: "A GET whose query has 20,000 characters.",
  },
  HOLDER_ONLY: {
    ja: { message: "この操作はお客様ご本人だけが行えます。", nextStep: "お客様にご案内ください。" },
    en: { message: "Only the customer may do this, for its own ID.", nextStep: "Tell the customer how." },
    example: "One of the bank's staff calls enrollCertificate.",
  },
  IDEMPOTENCY_KEY_REUSED: {
    ja: { message: "同じ冪等キーで異なる内容の要求が送信されました。", nextStep: "新しい冪等キーで送信してください。" },
    en: { message: "This idempotency key was used for another request.", nextStep: "Send a new key with a new request." },
    example: "reissueCertificate with the idempotencyKey of a reissue for another user.",
  },
  ID_DEREGISTERED: {
    ja: { message: "このIDは登録抹消されています。", nextStep: "登録抹消したIDは元に戻せません。新しいIDを登録してください。" },
    en: { message: "This ID is deregistered.", nextStep: "It never comes back: register a new ID." },
    example: "reissueCertificate for an ID whose status is DEREGISTERED.",
  },
  ID_LOCKED: {
    ja: { message: "このIDはロックされています。", nextStep: "管理者（管理者IDの場合は当金庫）へご連絡ください。" },
    en: { message: "This ID is locked.", nextStep: "Ask the Master; a Master contacts the bank." },
    example: "In the history, of a sign-in by an ID that is locked; whoever signs in is told SIGN_IN_FAILED.",
  },
  ID_SUSPENDED: {
    ja: { message: "このIDは利用停止中です。", nextStep: "管理者へご連絡ください。" },
    en: { message: "This ID is suspended.", nextStep: "Ask the Master." },
    example: "In the history, of a sign-in by an ID that is suspended; whoever signs in is told SIGN_IN_FAILED.",
  },
  INTERNAL_SERVER_ERROR: {
    status: 500,
    ja: { message: "システムエラーが発生しました。", nextStep: "時間をおいてやり直し、解決しない場合は要求番号を添えて当金庫へご連絡ください。" },
    en: { message: "Something went wrong on our side.", nextStep: "Try again later; if it stays, contact the bank and quote the request id." },
    example: "The database can't be reached.",
  },
  INTROSPECTION_CLOSED: {
    status: 403,
    ja: { message: "スキーマの照会は許可されていません。", nextStep: "公開されているschema.graphqlを参照してください。" },
    en: { message: "The schema can't be asked for here.", nextStep: "Read schema/schema.graphql, which partners are given." },
    example: "{ __schema { types { name } } }, where SHOMEI_INTROSPECTION is operators and nobody of the bank is signed in.",
  },
  INVALID_TEXT: {
    ja: { message: "利用できない文字が含まれています。", nextStep: "制御文字などを取り除いてください。" },
    en: { message: "The text contains characters that can't be stored.", nextStep: "Remove control characters and broken surrogates." },
    example: "updateUser with a control character in displayName.",
  },
  KEEPING_NOT_ALLOWED: {
    ja: { message: "これまでの電子証明書を残すことはできません。", nextStep: "残さずに再発行してください。残せるのは、当金庫が認める場合の、パソコンの入替えによる再発行だけです。" },
    en: { message: "The old certificate can't be kept.", nextStep: "Reissue without keeping it: only for a PC that is replaced (DEVICE_REPLACED), while the old certificate is active, and where the bank allows it." },
    example: "reissueCertificate with keepOldUntilEnrolled and the reason LOST.",
  },
  LIMIT_NOT_ALLOWED: {
    ja: { message: "都度振込取扱限度額は0から{most}までの整数（千円単位）で入力してください。", nextStep: "0は当金庫の標準限度額です。" },
    en: { message: "The limit must be a whole number of thousands of yen, from 0 to {most}.", nextStep: "Enter 0 for the bank's own default." },
    example: "updateUser with an adHocTransferLimit above the contract's.",
  },
  LOGIN_ID_INVALID: {
    ja: { message: "お客様IDは英字と数字の両方を含む6～12文字の英数字で入力してください。", nextStep: "お客様IDを入力し直してください。" },
    en: { message: "A login ID has 6 to 12 letters and digits, at least one of each.", nextStep: "Enter another login ID." },
    example: "registerUser with loginId: \"ab\".",
  },
  LOGIN_ID_TAKEN: {
    ja: { message: "このお客様IDは登録できません。", nextStep: "別のお客様IDを入力してください。登録抹消したお客様IDは再利用できません。" },
    en: { message: "This login ID can't be registered: it is, or was, in use.", nextStep: "Choose another one. A deregistered login ID never comes back." },
    example: "registerUser with a login ID that is, or was, in use.",
  },
  MAIL_ADDRESS_INVALID: {
    ja: { message: "メールアドレスが正しくありません。", nextStep: "半角で、name@example.co.jp の形式で入力してください。" },
    en: { message: "This is no mail address that a notice can be sent to.", nextStep: "Write it as name@example.co.jp, in ASCII." },
    example: "updateUser with mailAddress: \"nobody\".",
  },
  MAIL_ADDRESS_REQUIRED: {
    ja: { message: "取得コードをお送りするメールアドレスが登録されていません。", nextStep: "利用者のメールアドレスを登録してください。" },
    en: { message: "There is no mail address that the enrollment code could be sent to.", nextStep: "Register the user's mail address first." },
    example: "reissueCertificate where the bank sends the code by mail and the user has no address.",
  },
  MAIL_ADDRESS_TOO_NEW: {
    ja: { message: "メールアドレスが変更されたばかりのため、{restsUntil}まで取得コードをお送りできません。", nextStep: "その後に、もう一度操作してください。" },
    en: { message: "The mail address was changed a short time ago: no enrollment code is sent there before {restsUntil}.", nextStep: "Repeat it then." },
    example: "reissueCertificate where the bank sends the code by mail and the address was changed an hour ago.",
  },
  MASTER_ONLY: {
    ja: { message: "この操作は管理者（マスターID）だけが行えます。", nextStep: "管理者（マスターID）へご依頼ください。" },
    en: { message: "Only the Master may do this.", nextStep: "The contract's Master must." },
    example: "A Public ID calls reissueCertificate, also for itself.",
  },
  NEW_PASSWORD_REQUIRED: {
    ja: { message: "初期パスワードのままではログインできません。", nextStep: "新しいパスワードと確認用を入力して、もう一度ログインしてください。" },
    en: { message: "This first password must be changed.", nextStep: "Sign in again with newPassword and newPasswordConfirmation." },
    example: "signInOperator with a first password and without newPassword.",
  },
  NOTHING_TO_REVOKE: {
    ja: { message: "失効できる電子証明書がありません。", nextStep: "「継続利用する」または「再発行する」を選択してください。" },
    en: { message: "There is no certificate to revoke.", nextStep: "Choose KEEP or REISSUE." },
    example: "updateUser with certificateAction: REVOKE for a user without a certificate.",
  },
  NOT_DEAD: {
    ja: { message: "このお知らせは、再送の必要がありません。", nextStep: "最新の内容を表示してください。" },
    en: { message: "This notice isn't given up: it was sent, or is going to be.", nextStep: "Load it again." },
    example: "resendNotice of a mail whose state is SENT.",
  },
  NOT_FOR_MASTER: {
    ja: { message: "管理者のIDには登録できません。", nextStep: "入力を取り消してください。" },
    en: { message: "A Master's ID can't have this.", nextStep: "Leave this out." },
    example: "updateUser with authority for a Master.",
  },
  NOT_FOUND: {
    ja: { message: "対象が見つかりません。", nextStep: "一覧から選び直してください。" },
    en: { message: "There is no such thing.", nextStep: "Choose it from the list again." },
    example: "reissueCertificate for a user of another contract, or for an id that nobody has.",
  },
  NOT_LOCKED: {
    ja: { message: "このパスワードはロックされていません。", nextStep: "最新の内容を表示してください。" },
    en: { message: "This password isn't locked.", nextStep: "Load the user again." },
    example: "unlockUser for a password that isn't locked.",
  },
  NOT_STOPPED: {
    ja: { message: "この契約先のお取引は停止していません。", nextStep: "最新の内容を表示してください。" },
    en: { message: "The contract isn't stopped.", nextStep: "Load the contract again." },
    example: "requestStart of a contract that isn't stopped.",
  },
  NOT_SUSPENDED: {
    ja: { message: "このIDは利用停止中ではありません。", nextStep: "最新の内容を表示してください。" },
    en: { message: "This ID isn't suspended.", nextStep: "Load the user again." },
    example: "resumeUser of an ID that isn't suspended.",
  },
  NOT_YET_ACQUIRED: {
    ja: { message: "電子証明書がまだ取得されていません。", nextStep: "取得コードにより電子証明書を取得した後に、もう一度操作してください。" },
    en: { message: "The certificate hasn't been acquired yet.", nextStep: "Repeat this once its holder has acquired it with its enrollment code." },
    example: "restorePowers before the holder has acquired the new certificate.",
  },
  NO_CERTIFICATE: {
    ja: { message: "電子証明書がありません。", nextStep: "必要な場合は、管理者に、管理者ご自身の場合は当金庫に、再発行をご依頼ください。" },
    en: { message: "There is no certificate.", nextStep: "If one is needed, the Master has it reissued; a Master asks the bank." },
    example: "enrollCertificate by an ID that never had a certificate.",
  },
  OPERATION_RESOLUTION_FAILURE: {
    status: 400,
    ja: { message: "実行する操作を特定できません。", nextStep: "operationNameに、文書内の操作名を1つ指定してください。" },
    en: { message: "Which of the document's operations is meant isn't clear.", nextStep: "Give the name of one of them as operationName." },
    example: "A document with two operations and no operationName.",
  },
  OVERLOADED: {
    status: 503,
    ja: { message: "ただいま混み合っています。処理は行われていません。", nextStep: "{retryAfter}秒後に、もう一度送信してください。" },
    en: { message: "More requests came than can be served. Nothing was done.", nextStep: "Wait {retryAfter} seconds, as Retry-After says, and send it again." },
    example: "A page of users while as many requests wait as may (SHOMEI_REQUESTS_WAITING); sign-ins and revocations have a line of their own.",
  },
  OWN_CERTIFICATE: {
    ja: { message: "管理者の電子証明書は、管理者ご自身では再発行・失効できません。", nextStep: "当金庫へご連絡ください。" },
    en: { message: "A Master can't reissue or revoke its own certificate.", nextStep: "Contact the bank." },
    example: "A Master calls reissueCertificate with its own userId.",
  },
  OWN_ID: {
    ja: { message: "管理者のIDは、管理者ご自身では利用停止・ロック解除・登録抹消できません。", nextStep: "当金庫へご連絡ください。" },
    en: { message: "A Master can't suspend, unlock or deregister its own ID.", nextStep: "Contact the bank." },
    example: "A Master calls suspendUser with its own userId.",
  },
  OWN_PASSWORD: {
    ja: { message: "管理者ご自身のパスワードは、この画面では変更できません。", nextStep: "「パスワード変更」で、現在のパスワードを入力して変更してください。" },
    en: { message: "A Master's own passwords can't be set here.", nextStep: "Change them with changePasswords, which asks for those in use." },
    example: "A Master calls updateUser with newLoginPassword for itself.",
  },
  PAGE_TOO_LONG: {
    status: 400,
    ja: { message: "1ページの件数は{limit}件までです（指定は{actual}件）。", nextStep: "firstを{limit}以下にし、続きはafterで取得してください。" },
    en: { message: "A page has at most {limit} rows; {actual} were asked for.", nextStep: "Ask for fewer by first, and for the rest by after." },
    example: "users(first: 101).",
  },
  PASSWORD_CHANGE_REQUIRED: {
    ja: { message: "パスワードの変更が必要です。", nextStep: "対象のパスワードをすべて変更してください。" },
    en: { message: "The passwords must be changed first.", nextStep: "Change all that are due with changePasswords, in one go." },
    example: "users, or any mutation, in a session whose viewer.passwordsDue isn't empty.",
  },
  PASSWORD_CHARACTERS_NOT_ALLOWED: {
    ja: { message: "パスワードに利用できない文字が含まれています。", nextStep: "半角の英字、数字、記号（空白を除く）を利用してください。" },
    en: { message: "The password contains characters that aren't allowed.", nextStep: "Use ASCII letters, digits and marks, no spaces." },
    example: "changePasswords with a password with a space in it.",
  },
  PASSWORD_IS_LOGIN_ID: {
    ja: { message: "お客様ID（職員ID）を含むパスワードは登録できません。", nextStep: "お客様ID（職員ID）を含まないパスワードを入力してください。" },
    en: { message: "The password contains the login ID.", nextStep: "Choose one without it." },
    example: "changePasswords of keir002 with \"keir002keir002\".",
  },
  PASSWORD_LOCKED: {
    ja: { message: "このパスワードはロックされています。", nextStep: "管理者（管理者IDの場合は当金庫）へご連絡ください。" },
    en: { message: "This password is locked.", nextStep: "Ask the Master; a Master contacts the bank." },
    example: "changePasswords of a password that was entered wrongly too often.",
  },
  PASSWORD_MARKS_NOT_ALLOWED: {
    ja: { message: "パスワードに記号は利用できません。", nextStep: "半角の英字と数字だけを利用してください。" },
    en: { message: "This bank's passwords have no marks.", nextStep: "Use letters and digits alone." },
    example: "changePasswords with a mark, where the bank allows letters and digits alone.",
  },
  PASSWORD_MISMATCH: {
    ja: { message: "確認用のパスワードが一致しません。", nextStep: "同じパスワードを2回入力してください。" },
    en: { message: "The two entries of the new password differ.", nextStep: "Enter the same one twice." },
    example: "registerUser with two different entries of the new password.",
  },
  PASSWORD_NEEDS_BOTH_KINDS: {
    ja: { message: "パスワードには英字と数字の両方が必要です。", nextStep: "英字と数字を組み合わせたパスワードを入力してください。" },
    en: { message: "The password needs a letter and a digit at least.", nextStep: "Choose one with both." },
    example: "changePasswords with \"onlyletters\".",
  },
  PASSWORD_REQUIRED: {
    ja: { message: "パスワードを入力してください。", nextStep: "パスワードと確認用の両方を入力してください。" },
    en: { message: "A password is missing here.", nextStep: "Enter the password and its confirmation." },
    example: "registerUser without newLoginPassword.",
  },
  PASSWORD_TOO_LONG: {
    ja: { message: "パスワードは{most}文字以内で入力してください。", nextStep: "短いパスワードを入力してください。" },
    en: { message: "The password may have at most {most} characters.", nextStep: "Choose a shorter one." },
    example: "changePasswords with a password of 200 characters.",
  },
  PASSWORD_TOO_SHORT: {
    ja: { message: "パスワードは{least}文字以上で入力してください。", nextStep: "長いパスワードを入力してください。" },
    en: { message: "The password needs at least {least} characters.", nextStep: "Choose a longer one." },
    example: "changePasswords with \"ab1\".",
  },
  PASSWORD_USED_BEFORE: {
    ja: { message: "現在または以前に使用したパスワード（直近{remembered}回分）は登録できません。", nextStep: "使用したことのないパスワードを入力してください。" },
    en: { message: "A password that was in use can't be used again; remembered: {remembered}.", nextStep: "Choose another one." },
    example: "changePasswords with the password that is in use.",
  },
  PASSWORD_WRONG: {
    ja: { message: "現在のパスワードが正しくありません。", nextStep: "現在のパスワードを確認してください。誤入力が続くとロックされます。" },
    en: { message: "The password in use is wrong.", nextStep: "Check it. Too many wrong entries in a row lock it." },
    example: "changePasswords with a wrong current password.",
  },
  PAYLOAD_TOO_LARGE: {
    status: 413,
    ja: { message: "要求の本文が長すぎます（上限{limit}バイト）。", nextStep: "本文を短くしてください。" },
    en: { message: "The request's body is too long: at most {limit} bytes.", nextStep: "Shorten it." },
    example: "POST with a body of three megabytes, also one that is so long only once it is decompressed.",
  },
  PERSISTED_QUERY_NOT_FOUND: {
    status: 200,
    ja: { message: "この識別子の操作は登録されていません。", nextStep: "操作を登録するか、queryを送信してください。" },
    en: { message: "No operation is registered with this id for this client.", nextStep: "Have it registered (npm run documents), or send the query itself where that is allowed." },
    example: "extensions.persistedQuery.sha256Hash of a document that nobody registered.",
  },
  POWERS_NOT_HELD: {
    ja: { message: "承認と都度振込は保留されていません。", nextStep: "最新の内容を表示してください。" },
    en: { message: "This ID's powers aren't on hold.", nextStep: "Load the user again." },
    example: "restorePowers of a user whose powers aren't on hold.",
  },
  PRESENTED_CERTIFICATE_EXPIRED: {
    ja: { message: "ご提示の電子証明書は{notAfter}に有効期限が切れています。", nextStep: "電子証明書を選択せずにログインして新しい電子証明書を取得するか、管理者に、管理者ご自身の場合は当金庫に、再発行をご依頼ください。" },
    en: { message: "The certificate that was presented expired on {notAfter}.", nextStep: "Have it reissued, and sign in without it to acquire the new one." },
    example: "signIn with a client certificate whose notAfter has passed.",
  },
  PRESENTED_CERTIFICATE_OF_ANOTHER: {
    ja: { message: "ご提示の電子証明書は、このお客様IDのものではありません。", nextStep: "このお客様IDの電子証明書を選択してください。" },
    en: { message: "The certificate that was presented belongs to another ID.", nextStep: "Choose the certificate of this ID." },
    example: "signIn as keir002 with keir003's client certificate.",
  },
  PRESENTED_CERTIFICATE_REVOKED: {
    ja: { message: "ご提示の電子証明書は{revokedAt}に失効しています（理由：{revocationReason}）。", nextStep: "新しい電子証明書を選択するか、電子証明書を選択せずにログインして取得してください。お心当たりがない場合は管理者または当金庫へご連絡ください。" },
    en: { message: "The certificate that was presented was revoked on {revokedAt} ({revocationReason}).", nextStep: "Choose the new one, or sign in without one to acquire it. If you know nothing of this, tell your Master or the bank." },
    example: "signIn with a client certificate that was reissued meanwhile.",
  },
  PRESENTED_CERTIFICATE_UNKNOWN: {
    ja: { message: "ご提示の電子証明書は、当金庫が発行したログイン用の電子証明書ではありません。", nextStep: "当金庫の電子証明書を選択してください。" },
    en: { message: "The certificate that was presented isn't one of ours for signing in.", nextStep: "Choose the one that was acquired here." },
    example: "signIn with a client certificate of another CA.",
  },
  RATE_LIMITED: {
    status: 429,
    ja: { message: "要求の回数が上限（{seconds}秒間に{limit}回）を超えました。", nextStep: "{retryAfter}秒後に、もう一度送信してください。" },
    en: { message: "Too many requests: at most {limit} in {seconds} seconds.", nextStep: "Wait {retryAfter} seconds, as Retry-After says, and send it again." },
    example: "The eleventh signIn for one login ID within a minute.",
  },
  REGISTRATION_PASSWORD_LOCKED: {
    ja: { message: "登録確認用パスワードはご利用になれません。", nextStep: "当金庫へご連絡ください。" },
    en: { message: "The registration password is restricted or not set.", nextStep: "Contact the bank." },
    example: "reissueCertificate after too many wrong registration passwords.",
  },
  REGISTRATION_PASSWORD_REQUIRED: {
    ja: { message: "登録確認用パスワードを入力してください。", nextStep: "登録確認用パスワードを入力して、もう一度登録してください。" },
    en: { message: "The registration password is missing.", nextStep: "Send it again with registrationPassword." },
    example: "reissueCertificate without registrationPassword, where the bank asks for it.",
  },
  REGISTRATION_PASSWORD_WRONG: {
    ja: { message: "登録確認用パスワードが正しくありません。", nextStep: "入力内容を確認してください。誤入力が続くとロックされます。" },
    en: { message: "The registration password is wrong.", nextStep: "Check it. Too many wrong entries in a row lock it." },
    example: "reissueCertificate with a wrong registrationPassword.",
  },
  RENEWAL_TOO_EARLY: {
    ja: { message: "電子証明書の更新は{from}から行えます。", nextStep: "その後に更新してください。パソコンを入れ替える場合は、管理者（管理者ご自身の場合は当金庫）に再発行をご依頼ください。" },
    en: { message: "This certificate can be renewed from {from} on.", nextStep: "Renew it then. For another PC, ask the Master to reissue it; a Master asks the bank." },
    example: "renewCertificate while the certificate has a year to live.",
  },
  REQUESTER_ONLY: {
    ja: { message: "承認依頼の取下げは、依頼した職員だけが行えます。", nextStep: "承認しない場合は却下してください。" },
    en: { message: "Only the operator who requested it may withdraw it.", nextStep: "Reject it instead." },
    example: "One of the bank's staff calls withdrawRequest for a colleague's request.",
  },
  REQUEST_DECIDED: {
    ja: { message: "この承認依頼はすでに処理されています。", nextStep: "最新の内容を表示して、結果を確認してください。" },
    en: { message: "The request has been decided already.", nextStep: "Load the request again and see what became of it." },
    example: "approveRequest of a request that was rejected.",
  },
  REQUEST_EXPIRED: {
    ja: { message: "この承認依頼は期限が切れています。", nextStep: "あらためて依頼を登録してください。" },
    en: { message: "The request has expired.", nextStep: "Request it anew." },
    example: "approveRequest after the bank's approval_hours.",
  },
  REQUEST_OUTDATED: {
    ja: { message: "承認依頼の後に対象が変更されたため、この依頼は無効です。", nextStep: "最新の内容を確認し、あらためて依頼を登録してください。" },
    en: { message: "The target changed after the request, which is void now.", nextStep: "Look at it again and request it anew." },
    example: "approveRequest after the Master whom it is about was changed.",
  },
  REQUEST_TIMED_OUT: {
    status: 503,
    ja: { message: "処理が{limit}秒以内に完了しなかったため、中止しました。登録は行われていません。", nextStep: "時間をおいてやり直すか、要求を小さく分けてください。" },
    en: { message: "This took longer than {limit} seconds and was given up. Nothing was registered.", nextStep: "Try again later, or ask for less at once." },
    example: "A reissue while another transaction holds the user for longer.",
  },
  REQUEST_TIMEOUT: {
    status: 408,
    ja: { message: "要求の受信に時間がかかりすぎたため、切断しました。", nextStep: "通信状態を確認して、もう一度送信してください。" },
    en: { message: "The request took too long to arrive.", nextStep: "Check the connection and send it again." },
    example: "A body that comes drop by drop.",
  },
  SAME_OPERATOR: {
    ja: { message: "依頼した職員ご自身では承認・却下できません。", nextStep: "別の職員が処理してください。" },
    en: { message: "Whoever requested it can't decide on it.", nextStep: "A colleague must." },
    example: "One of the bank's staff calls approveRequest for its own request.",
  },
  SAME_SESSION: {
    ja: { message: "再発行を登録したときのログインのままでは、承認と都度振込を再開できません。", nextStep: "利用者ご本人が新しい電子証明書を取得したことを確認し、ログインし直してから操作してください。" },
    en: { message: "In the session that reissued the certificate, its holder's powers can't be given back.", nextStep: "Make sure that the holder itself has acquired the new certificate, sign in anew, and repeat it." },
    example: "restorePowers in the session in which the certificate was reissued.",
  },
  SIGN_IN_FAILED: {
    ja: { message: "お客様IDまたはパスワードが正しくないか、ご利用が制限されています。", nextStep: "入力内容を確認してください。解決しない場合は管理者または当金庫へご連絡ください。" },
    en: { message: "The ID or the password is wrong, or the ID is restricted.", nextStep: "Check what you entered. If that doesn't help, ask your Master or the bank." },
    example: "signIn with a wrong password, or with a login ID that doesn't exist.",
  },
  TEXT_TOO_LONG: {
    ja: { message: "{most}文字以内で入力してください。", nextStep: "短い文字列を入力してください。" },
    en: { message: "The text may have at most {most} characters.", nextStep: "Shorten it." },
    example: "updateUser with a displayName of 21 characters.",
  },
  TOO_COMPLEX: {
    status: 400,
    ja: { message: "要求のコストが上限を超えています（上限{limit}、要求は{actual}）。", nextStep: "要求を小さく分けて送信してください。" },
    en: { message: "The operation costs {actual}; at most {limit} is allowed.", nextStep: "Ask for less, in several requests." },
    example: "users(first: 100) { nodes { certificates(first: 100) { nodes { id } } } }.",
  },
  TOO_DEEP: {
    status: 400,
    ja: { message: "要求の階層が深すぎます（上限{limit}、要求は{actual}）。", nextStep: "要求を小さく分けて送信してください。" },
    en: { message: "The operation is {actual} levels deep; at most {limit} are allowed.", nextStep: "Ask for less, in several requests." },
    example: "certificate { holder { certificate { holder … } } }, and so on.",
  },
  TOO_MANY_ALIASES: {
    status: 400,
    ja: { message: "別名が多すぎます（上限{limit}、要求は{actual}）。", nextStep: "要求を小さく分けて送信してください。" },
    en: { message: "The document has {actual} aliases; at most {limit} are allowed.", nextStep: "Ask for less, in several requests." },
    example: "{ a1: viewer { signedInAt } a2: viewer { signedInAt } … a100: … }.",
  },
  TOO_MANY_AT_ONCE: {
    ja: { message: "一度に登録・削除できるのは{most}件までです。", nextStep: "分けて登録してください。" },
    en: { message: "At most {most} changes at once.", nextStep: "Send them in parts." },
    example: "editClosedDays with a thousand days.",
  },
  TOO_MANY_DIRECTIVES: {
    status: 400,
    ja: { message: "ディレクティブが多すぎます（上限{limit}、要求は{actual}）。", nextStep: "要求を小さく分けて送信してください。" },
    en: { message: "The document has {actual} directives; at most {limit} are allowed.", nextStep: "Ask for less, in several requests." },
    example: "A hundred @include in one document.",
  },
  TOO_MANY_FRAGMENTS: {
    status: 400,
    ja: { message: "フラグメントが多すぎます（上限{limit}、要求は{actual}）。", nextStep: "要求を小さく分けて送信してください。" },
    en: { message: "The document spreads {actual} fragments; at most {limit} are allowed.", nextStep: "Ask for less, in several requests." },
    example: "Sixty fragments that spread each other twice.",
  },
  TOO_MANY_MUTATIONS: {
    status: 400,
    ja: { message: "1つの要求で実行できる変更操作は1つだけです（要求は{actual}）。", nextStep: "1つずつ送信してください。" },
    en: { message: "One mutation a request; here are {actual}.", nextStep: "Send them one by one." },
    example: "A hundred aliased signIn in one document.",
  },
  TOO_MANY_REPEATED_FIELDS: {
    status: 400,
    ja: { message: "同じ項目の繰返しが多すぎます（上限{limit}、要求は{actual}）。", nextStep: "同じ項目は1回だけ指定してください。" },
    en: { message: "The document repeats fields {actual} times; at most {limit} are allowed.", nextStep: "Ask for each field once." },
    example: "{ viewer { signedInAt signedInAt signedInAt … } }.",
  },
  TOO_MANY_ROOT_FIELDS: {
    status: 400,
    ja: { message: "最上位の項目が多すぎます（上限{limit}、要求は{actual}）。", nextStep: "要求を小さく分けて送信してください。" },
    en: { message: "The operation has {actual} root fields; at most {limit} are allowed.", nextStep: "Ask for less, in several requests." },
    example: "{ __typename __typename … } five hundred times.",
  },
  TOO_MANY_TOKENS: {
    status: 400,
    ja: { message: "文書が長すぎます（上限{limit}トークン）。", nextStep: "値は変数で渡し、要求を小さく分けてください。" },
    en: { message: "The document is too long: at most {limit} tokens.", nextStep: "Give values as variables, and ask for less at once." },
    example: "A document of ten thousand fields.",
  },
  TOO_MANY_USERS: {
    ja: { message: "利用者の登録数が上限（{most}ID）に達しています。", nextStep: "不要なお客様IDを登録抹消してください。" },
    en: { message: "The contract has its {most} Public IDs already.", nextStep: "Deregister one that isn't needed any more." },
    example: "registerUser in a contract that has 99 Public IDs.",
  },
  UNAUTHENTICATED: {
    status: 401,
    ja: { message: "ログインしていないか、セッションが終了しています。", nextStep: "ログインしてください。" },
    en: { message: "Nobody is signed in, or the session has ended.", nextStep: "Sign in." },
    example: "{ users { totalCount } } without Authorization: Bearer.",
  },
  UNSUPPORTED_MEDIA_TYPE: {
    status: 415,
    ja: { message: "本文の形式に対応していません。", nextStep: "Content-Type: application/json で、圧縮する場合は gzip、deflate、br のいずれかで送信してください。" },
    en: { message: "The body is of a type that isn't understood here.", nextStep: "Send it as Content-Type: application/json, if compressed then by gzip, deflate or br." },
    example: "POST with Content-Type: application/x-www-form-urlencoded.",
  },
  VALUE_REQUIRED: {
    ja: { message: "入力してください。", nextStep: "未入力の項目を入力して、もう一度登録してください。" },
    en: { message: "This must be filled in.", nextStep: "Fill it in and send the form again." },
    example: "updateUser with displayName: \"\".",
  },
  WARN_NOT_BEFORE_MAX: {
    ja: { message: "アラーム期間は変更期間より短くしてください。", nextStep: "変更期間を設定しない場合は、アラーム期間も空欄にしてください。" },
    en: { message: "The warning period must be shorter than the maximum age.", nextStep: "Without a maximum age, leave it out." },
    example: "updateUser with passwordMaxAgeDays: 30 and passwordWarnDays: 30.",
  },
};

/** An entry as a schema's description has it. */
export function described({ en: { message, nextStep }, example }: ErrorEntry): string {
  return `${message} ${nextStep} For example: ${example}`;
}
