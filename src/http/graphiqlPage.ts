import type { Audience } from "../foundation/environment.js";

const EITHER = `<fieldset>
<legend>区分</legend>
<label><input type="radio" name="kind" value="CUSTOMER" checked>利用者</label>
<label><input type="radio" name="kind" value="BANK_OPERATOR">金庫職員</label>
</fieldset>`;
const OPERATORS_ALONE = '<strong>金庫職員</strong><input type="hidden" name="kind" value="BANK_OPERATOR">';

/** The page for this audience: who isn't asked in doesn't find the way to sign in. */
export function graphiqlPage(audience: Exclude<Audience, "nobody">): string {
  const isForAll = audience === "all";
  return `<!doctype html>
<html lang="ja">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Shomei 証明${isForAll ? " GraphiQL" : ""}</title>
<link rel="icon" href="data:,">
<link rel="stylesheet" href="/graphiql/graphiql.css">
<link rel="stylesheet" href="/graphiql/page.css">
</head>
<body data-audience="${audience}">
<header>
<h1>Shomei 証明</h1>
<form id="sign-in" method="post" aria-label="ログイン">
${isForAll ? EITHER : OPERATORS_ALONE}
<label>金庫コード<input id="bank-code" name="bankCode" inputmode="numeric" maxlength="4" autocomplete="off" required></label>
<label>ID<input id="login-id" name="loginId" autocomplete="username" autocapitalize="none" spellcheck="false" required></label>
<label>パスワード<input id="password" name="password" type="password" autocomplete="current-password" required></label>
<fieldset id="new-password" hidden disabled>
<label>新パスワード<input id="next" name="newPassword" type="password" autocomplete="new-password" required></label>
<label>確認用<input id="confirmation" name="newPasswordConfirmation" type="password" autocomplete="new-password" required></label>
</fieldset>
<button>ログイン</button>
</form>
<div id="signed-in" hidden>
<p id="who" tabindex="-1"></p>
<button id="sign-out" type="button">ログアウト</button>
</div>
</header>
<p id="refusal" role="alert"></p>
<main${isForAll ? "" : " hidden"}>
<nav aria-label="操作の一覧"></nav>
<section aria-label="エディタ">
<div id="explanation" aria-live="polite"></div>
<p id="keys">Ctrl+Enter 送信 ／ Tab・Shift+Tab 次・前の欄へ（候補の表示中は Esc で閉じてから） ／ Esc 操作の一覧へ</p>
<div id="graphiql"></div>
</section>
</main>
${isForAll ? "" : '<p id="closed">金庫職員としてログインすると、操作の一覧とエディタが表示されます。</p>'}
<script type="module" src="/graphiql/start.js"></script>
</body>
</html>
`;
}
