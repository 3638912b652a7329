import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

// `npm run demo [-- URL]`: README's story against a running server with the demo bank, each step printed.

const base = process.argv[2] ?? `http://127.0.0.1:${process.env.PORT ?? "4000"}`;
const folder = mkdtempSync(join(tmpdir(), "shomei-demo-"));
const openssl = (...args: string[]) => execFileSync("openssl", args, { cwd: folder, encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] }).trim();
const say = (text: string) => process.stdout.write(`${text}\n`);

async function ask<T>(field: string, file: string, variables: object, token?: string): Promise<T> {
  const response = await fetch(`${base}/graphql`, {
    method: "POST",
    headers: { "content-type": "application/json", ...(token ? { authorization: `Bearer ${token}` } : {}) },
    body: JSON.stringify({ query: readFileSync(`schema/operations/${file}.graphql`, "utf8"), variables }),
  });
  const { data, errors } = (await response.json()) as { data?: Record<string, T>; errors?: object[] };
  if (errors || !data) throw new Error(JSON.stringify(errors));
  return data[field] as T;
}

interface Refused { userErrors: { code: string; message: string; nextStep: string }[] }
interface User { id: string; version: number; loginId: string; displayName: string; kind: string; certificate: { serialNumber: string; status: string } | null }

async function signIn(loginId: string): Promise<string> {
  const input = { bankCode: "5120", loginId, password: process.env.SHOMEI_DEMO_PASSWORD ?? "Shomei-demo-1" };
  const payload = await ask<Refused & { sessionToken: string | null; viewer: { signedInAt: string; previousSignInAt: string | null } | null }>(
    "signIn", "01-sign-in", { input });
  if (!payload.sessionToken || !payload.viewer) throw new Error(payload.userErrors[0]?.message);
  const inJapan = (instant: string | null) =>
    instant ? new Date(instant).toLocaleString("ja-JP", { timeZone: "Asia/Tokyo", dateStyle: "short", timeStyle: "short" }) : "なし";
  say(`   ${loginId}: ${inJapan(payload.viewer.signedInAt)}（前回 ${inJapan(payload.viewer.previousSignInAt)}）`);
  return payload.sessionToken;
}

async function story(): Promise<void> {
  say("1. The Master signs in.");
  const master = await signIn("keir001");

  say("2. It lists the contract's users.");
  const { nodes } = await ask<{ nodes: User[] }>("users", "03-users", {}, master);
  for (const { loginId, displayName, kind, certificate } of nodes) {
    say(`   ${loginId}  ${kind.padEnd(6)}  ${displayName}  ${certificate ? `${certificate.status} ${certificate.serialNumber}` : "未発行"}`);
  }
  const [self, holder] = ["keir001", "keir002"].map((loginId) => nodes.find((user) => user.loginId === loginId));
  if (!self || !holder) throw new Error("the demo bank is not here");

  say("3. Its own certificate it can't have reissued.");
  const own = await ask<Refused>("reissueCertificate", "05-reissue-certificate", { input: { userId: self.id, expectedVersion: self.version } }, master);
  say(`   ${own.userErrors.map(({ code, message, nextStep }) => `${code}: ${message}${nextStep}`).join("")}`);

  say("4. keir002's PC broke: 再発行する.");
  const input = { userId: holder.id, expectedVersion: holder.version, reason: "DEVICE_BROKEN" };
  const reissued = await ask<Refused & { message: string; enrollmentCode: string; certificate: { serialNumber: string }; revokedCertificate: { serialNumber: string } | null }>(
    "reissueCertificate", "05-reissue-certificate", { input }, master);
  if (reissued.userErrors.length > 0) throw new Error(JSON.stringify(reissued.userErrors));
  say(`   ${reissued.message}`);
  say(`   revoked ${reissued.revokedCertificate?.serialNumber ?? "nothing"}, opened ${reissued.certificate.serialNumber}, enrollment code ${reissued.enrollmentCode}`);

  say("5. keir002 signs in and makes a key and a request on its own PC, with openssl.");
  const user = await signIn("keir002");
  openssl("req", "-new", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", "keir002.key", "-subj", "/CN=keir002", "-out", "keir002.csr");

  say("6. It acquires the certificate.");
  const csr = readFileSync(join(folder, "keir002.csr"), "utf8");
  const { certificate, chain, userErrors } = await ask<Refused & { certificate: { pem: string; notAfter: string; subject: string } | null; chain: string[] }>(
    "enrollCertificate", "06-enroll-certificate", { input: { csr, enrollmentCode: reissued.enrollmentCode } }, user);
  if (!certificate) throw new Error(JSON.stringify(userErrors));
  say(`   ${certificate.subject}, until ${certificate.notAfter}`);

  say("7. openssl accepts it, against the chain that the server gives out.");
  const [issuing = "", root = ""] = chain;
  writeFileSync(join(folder, "keir002.pem"), certificate.pem);
  writeFileSync(join(folder, "issuing.pem"), issuing);
  writeFileSync(join(folder, "root.pem"), root);
  say(`   ${openssl("verify", "-x509_strict", "-purpose", "sslclient", "-CAfile", "root.pem", "-untrusted", "issuing.pem", "keir002.pem")}`);

  say("8. All of it is in the history.");
  const history = await ask<{ nodes: { at: string; actorLoginId: string | null; action: string; targetLoginId: string | null; outcome: string; code: string | null }[] }>(
    "usageHistory", "10-usage-history", { first: 7 }, master);
  for (const entry of history.nodes) {
    say(`   ${entry.at}  ${entry.actorLoginId ?? "-"}  ${entry.action}  ${entry.targetLoginId ?? ""}  ${entry.outcome} ${entry.code ?? ""}`);
  }
}

try {
  await story();
} catch (error) {
  process.stderr.write(`The story broke off: ${error instanceof Error ? error.message : String(error)}\nIs the server running at ${base}, with the demo bank? Where it is elsewhere: npm run demo -- http://127.0.0.1:<port>\n`);
  process.exitCode = 1;
} finally {
  rmSync(folder, { recursive: true, force: true });
}
