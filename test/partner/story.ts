import "reflect-metadata"; // @peculiar/x509 wants it first
import { randomUUID, X509Certificate } from "node:crypto";
import { Pkcs10CertificateRequestGenerator } from "@peculiar/x509";
import {
  EnrollCertificateDocument, ReissueCertificateDocument, ReissuePreviewDocument, SignInDocument, SignOutDocument, UsersDocument,
  type RefusalCode, type ReissueCertificateInput,
} from "./client/graphql.ts";
import { ask, done, Refused, ShomeiError } from "./shomei.ts";

// A partner's program: the Master has a user's certificate reissued, the user acquires the new one. Each step is printed.

async function signIn(loginId: string): Promise<string> {
  const { signIn: payload } = await ask(null, SignInDocument, { input: { bankCode: "5120", loginId, password: "Shomei-demo-1" } });
  const { sessionToken } = done(payload);
  if (!sessionToken) throw new Error("a sign-in without a session");
  return sessionToken;
}

async function find(session: string, loginId: string) {
  const { users } = await ask(session, UsersDocument, { first: 1, filter: { text: loginId } });
  const [user] = users.nodes;
  if (!user) throw new Error(`${loginId} isn't here`);
  return user;
}

/** What this program does after a refusal that it knows. Others, and such as come later, it shows in the server's words. */
const nextAfter: Partial<Record<RefusalCode, string>> = {
  OWN_CERTIFICATE: "the bank is told by telephone",
  CONFLICT: "the user is read again",
  ENROLLMENT_CODE_WRONG: "the code is asked for again",
};

async function attempt(what: string, deed: Promise<unknown>): Promise<void> {
  try {
    await deed;
    console.log(`${what}: done`);
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    console.log(`${what}: ${error.code}, so ${nextAfter[error.code] ?? error.nextStep ?? error.message}`);
  }
}

const reissue = async (session: string, input: ReissueCertificateInput) => done((await ask(session, ReissueCertificateDocument, { input })).reissueCertificate);
const enroll = async (session: string, csr: string, enrollmentCode: string) =>
  done((await ask(session, EnrollCertificateDocument, { input: { csr, enrollmentCode } })).enrollCertificate);

// The Master's part.
const master = await signIn("keir001");
const holder = await find(master, "keir002");
const self = await find(master, "keir001");
await attempt("keir001's own", reissue(master, { userId: self.id, expectedVersion: self.version }));

const { reissuePreview: preview } = await ask(master, ReissuePreviewDocument, { userId: holder.id });
console.log(`would end ${preview?.endingCertificates[0]?.certificate.serialNumber ?? "nothing"}; the last approver: ${String(preview?.isLastApprover)}`);

const input: ReissueCertificateInput = { userId: holder.id, expectedVersion: holder.version, reason: "DEVICE_BROKEN", idempotencyKey: randomUUID() };
const reissued = await reissue(master, input);
console.log(`revoked ${reissued.revokedCertificate?.serialNumber ?? "nothing"}, opened ${reissued.certificate?.status ?? "nothing"}`);
const again = await reissue(master, input); // as after an answer that never arrived
console.log(`the same key again: ${again.certificate?.id === reissued.certificate?.id ? "the same certificate" : "another one"}, code ${again.enrollmentCode ?? "not told again"}`);
await attempt("a screen of before", reissue(master, { ...input, idempotencyKey: randomUUID() }));

done((await ask(master, SignOutDocument)).signOut);
await ask(master, UsersDocument, {}).catch((error: unknown) => {
  if (!(error instanceof ShomeiError)) throw error;
  console.log(`after the sign-out: ${error.code}`);
});

// keir002's part, on its own PC: the key never leaves it.
const user = await signIn("keir002");
const keys = await crypto.subtle.generateKey({ name: "ECDSA", namedCurve: "P-256" }, false, ["sign", "verify"]);
const signingAlgorithm = { name: "ECDSA", hash: "SHA-256" };
const csr = (await Pkcs10CertificateRequestGenerator.create({ name: "CN=keir002", keys, signingAlgorithm })).toString("pem");

await attempt("a wrong code", enroll(user, csr, "AAAA-AAAA-AAAA-AAAA"));
const { certificate, chain } = await enroll(user, csr, reissued.enrollmentCode ?? "");

const leaf = new X509Certificate(certificate?.pem ?? "");
const [issuing, root] = (chain ?? []).map((pem) => new X509Certificate(pem));
const isOurs = leaf.publicKey.export({ format: "der", type: "spki" }).equals(new Uint8Array(await crypto.subtle.exportKey("spki", keys.publicKey)));
const isIssued = issuing !== undefined && root !== undefined && leaf.verify(issuing.publicKey) && issuing.verify(root.publicKey);
console.log(`acquired ${certificate?.serialNumber === reissued.certificate?.serialNumber ? "the opened one" : "another one"}; for our key: ${String(isOurs)}; issued by the bank: ${String(isIssued)}`);
