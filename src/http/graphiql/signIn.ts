import { SIGN_IN, SIGN_OUT } from "./documents.js";
import { find, hasKeyboard, make, part, type Occurrence, type Part } from "./dom.js";
import type { Answer, Person, Session, UserError } from "./session.js";

const KINDS = { MASTER: "管理者", PUBLIC: "利用者", BANK_OPERATOR: "金庫職員" };
const inJapan = new Intl.DateTimeFormat("ja-JP", { dateStyle: "medium", timeStyle: "short", timeZone: "Asia/Tokyo" });

/** The form, and who is signed in once it was filled in. */
export interface SignIn {
  show(who: Person | null, hasEnded: boolean): void;
}

/** `handedOver` is called when somebody signs out here, or somebody else in: what is on the page was the former one's. */
export function signInBy(session: Session, handedOver: () => void): SignIn {
  const form = part("#sign-in");
  const [bankCode, loginId, password] = [part("#bank-code"), part("#login-id"), part("#password")];
  const renewal = part("#new-password");
  let last: string | undefined; // who was signed in, and didn't sign out
  const [next, confirmation] = [part("#next"), part("#confirmation")];

  /** Of the bank's own staff some must choose a new password to get in. */
  const setRenewing = (isRenewing: boolean) => {
    renewal.hidden = !isRenewing;
    renewal.disabled = !isRenewing;
  };

  const signIn = async () => {
    say("");
    const input = {
      bankCode: bankCode.value.trim(), loginId: loginId.value.trim(), password: password.value,
      ...(renewal.hidden ? {} : { newPassword: next.value, newPasswordConfirmation: confirmation.value }),
    };
    for (const secret of [password, next, confirmation]) secret.value = ""; // before it is sent: it isn't needed here any more
    const former = last;
    const field = isOperators() ? "signInOperator" : "signIn";
    const refusals = refusalsIn(await session.ask({ query: SIGN_IN[field], variables: { input } }), field);
    setRenewing(refusals.some(({ code }) => code === "NEW_PASSWORD_REQUIRED") || (refusals.length > 0 && !renewal.hidden));
    if (refusals.length === 0) {
      if (former !== undefined && former !== last) handedOver();
      if (hasKeyboard("#sign-in")) part("#who").focus(); // whoever went on meanwhile isn't called back
    } else {
      say(refusals.map(({ message, nextStep }) => `${message}${nextStep ?? ""}`).join("\n"));
      password.focus();
    }
  };

  const signOut = async () => {
    await session.ask({ query: SIGN_OUT });
    last = undefined;
    handedOver();
    loginId.focus();
  };

  form.addEventListener("submit", doing(signIn));
  form.addEventListener("change", () => { if (!renewal.hidden && !isOperators()) setRenewing(false); });
  part("#sign-out").addEventListener("click", doing(signOut));

  return {
    show(who, hasEnded) {
      if (who) last = [who.kind, who.of, who.loginId].join(" ");
      form.hidden = who !== null;
      part("#signed-in").hidden = who === null;
      part("#who").replaceChildren(...(who ? wordsFor(who) : []));
      say(hasEnded ? "セッションが終了しました。もう一度ログインしてください。" : "");
    },
  };
}

/** Where there is no choice it is theirs. */
function isOperators(): boolean {
  return (find('[name="kind"]:checked') ?? part('[name="kind"]')).value === "BANK_OPERATOR";
}

function refusalsIn({ data, errors = [] }: Answer, field: string): UserError[] {
  const payload = data?.[field] as { userErrors: UserError[] } | null | undefined;
  return [...errors.map(({ message, extensions }) => ({ code: "", message, ...extensions })), ...(payload?.userErrors ?? [])];
}

function wordsFor({ kind, loginId, name, of, previousSignInAt, mayOnlyEnroll, mustChangePasswords }: Person): Part[] {
  const previous = previousSignInAt === null ? "はじめてのログインです" : `前回のログイン ${inJapan.format(new Date(previousSignInAt))}（日本時間）`;
  const words = [make("strong", `${name} さん`), make("span", `${KINDS[kind]} ${loginId}`), make("span", of), make("span", previous)];
  if (mustChangePasswords) words.push(make("em", "パスワードの変更が必要です。「パスワード変更」で変更してください。"));
  if (mayOnlyEnroll) words.push(make("em", "電子証明書の取得だけが行えます。"));
  return words;
}

/** role="alert": read out as soon as it changes. */
function say(words: string): void {
  part("#refusal").textContent = words;
}

function doing(deed: () => Promise<void>): (event: Occurrence) => void {
  return (event) => {
    event.preventDefault();
    deed().catch(() => { say("サーバーに接続できませんでした。時間をおいてやり直してください。"); });
  };
}
