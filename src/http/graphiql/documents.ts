// What the page itself asks, beside what is written in its editor: a server that takes registered documents alone takes these.

export const WHO = `query Who {
  viewer { previousSignInAt mayOnlyEnroll passwordsDue user { loginId displayName kind } contract { name } }
  bankViewer { previousSignInAt operator { loginId displayName } bankName }
}`;

export const SIGN_IN = {
  signIn: "mutation SignIn($input: SignInInput!) { signIn(input: $input) { sessionToken userErrors { code message nextStep } } }",
  signInOperator: "mutation SignIn($input: SignInOperatorInput!) { signInOperator(input: $input) { sessionToken userErrors { code message nextStep } } }",
} as const;

export const SIGN_OUT = "mutation SignOut { signOut { userErrors { code } } }";
