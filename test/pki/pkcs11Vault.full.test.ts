import { execFile } from "node:child_process";
import { createPublicKey, verify } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import pkcs11js, { type Handle, type PKCS11, type Template } from "pkcs11js";
import { makeIssuingCa, makeRoot } from "../../src/pki/hierarchy.js";
import { toPem } from "../../src/pki/pem.js";
import { draftName } from "../../src/pki/pkcs11/keys.js";
import type { TokenSettings } from "../../src/pki/pkcs11/Token.js";
import { pkcs11Vault } from "../../src/pki/pkcs11Vault.js";
import { hashOf, keyKinds, type Signer } from "../../src/pki/Signer.js";
import { openssl } from "../support/openssl.js";
import { SoftHsm } from "../support/SoftHsm.js";

const NOW = new Date("2026-11-24T01:00:00.000Z");
const PIN = "暗証1234";
const MESSAGE = Buffer.from("本日は晴天なり");

let softHsm: SoftHsm;
let settings: TokenSettings;
let others: Record<"twin" | "other" | "changing", TokenSettings>;
let vault: Awaited<ReturnType<typeof pkcs11Vault>>;
let dir: string;

beforeAll(async () => {
  dir = mkdtempSync(join(tmpdir(), "shomei-token-"));
  softHsm = await SoftHsm.start();
  settings = softHsm.makeToken("認証局 CA", PIN);
  softHsm.makeToken("twin", PIN);
  others = { twin: softHsm.makeToken("twin", PIN), other: softHsm.makeToken("other", PIN), changing: softHsm.makeToken("changing", PIN) };
  vault = await pkcs11Vault(settings); // from here on the library sees no new tokens
});
afterAll(() => {
  vault.close();
  softHsm.remove();
  rmSync(dir, { recursive: true, force: true });
});

const verifies = (signer: Signer, signature: Buffer, message = MESSAGE) =>
  verify(hashOf[signer.algorithm], message, createPublicKey({ key: signer.publicKey, format: "der", type: "spki" }), signature);

describe.each(keyKinds)("a key of %s in a token", (kind) => {
  const name = `ca-${kind}`;
  let made: Signer;

  beforeAll(async () => {
    made = await vault.make(name, kind);
  });

  it("is of that kind", () => {
    const { asymmetricKeyType: type, asymmetricKeyDetails: details } = createPublicKey({ key: made.publicKey, format: "der", type: "spki" });
    expect({ "P-256": "ec prime256v1", "P-384": "ec secp384r1", "RSA-3072": "rsa 3072" }[kind]).toBe(`${type ?? ""} ${String(details?.namedCurve ?? details?.modulusLength)}`);
    expect(made.algorithm).toBe({ "P-256": "ECDSA_SHA256", "P-384": "ECDSA_SHA384", "RSA-3072": "RSA_SHA256" }[kind]);
  });

  it("signs what node:crypto verifies, in as many parts as it comes", async () => {
    expect(verifies(made, await made.sign(MESSAGE))).toBe(true);
    expect(verifies(made, await made.sign(MESSAGE.subarray(0, 5), Buffer.of(), MESSAGE.subarray(5)))).toBe(true);
    expect(verifies(made, await made.sign(), Buffer.of())).toBe(true);
    expect(verifies(made, await made.sign(MESSAGE.subarray(1)))).toBe(false);
  });

  it("can sign, and nothing else, and can't be had out of the token", () => {
    inToken((library, session) => {
      const [key = Buffer.of()] = objects(library, session, pkcs11js.CKO_PRIVATE_KEY, name);
      const read = (type: number) => library.C_GetAttributeValue(session, key, [{ type }])[0]?.value;
      const is = (types: number[]) => types.map((type) => read(type)?.toString("hex"));
      const { CKA_TOKEN, CKA_PRIVATE, CKA_SENSITIVE, CKA_ALWAYS_SENSITIVE, CKA_NEVER_EXTRACTABLE, CKA_LOCAL, CKA_SIGN } = pkcs11js;
      const { CKA_EXTRACTABLE, CKA_DECRYPT, CKA_UNWRAP, CKA_SIGN_RECOVER, CKA_DERIVE } = pkcs11js;
      expect(new Set(is([CKA_TOKEN, CKA_PRIVATE, CKA_SENSITIVE, CKA_ALWAYS_SENSITIVE, CKA_NEVER_EXTRACTABLE, CKA_LOCAL, CKA_SIGN]))).toEqual(new Set(["01"]));
      expect(new Set(is([CKA_EXTRACTABLE, CKA_DECRYPT, CKA_UNWRAP, CKA_SIGN_RECOVER, CKA_DERIVE]))).toEqual(new Set(["00"]));

      expect(() => read(kind === "RSA-3072" ? pkcs11js.CKA_PRIVATE_EXPONENT : pkcs11js.CKA_VALUE)).toThrow("CKR_ATTRIBUTE_SENSITIVE");
    });
  });

  it("is opened by its name, and never made a second time, whatever kind is asked for", async () => {
    const before = countKeys();
    for (const other of keyKinds) expect(await vault.make(name, other)).toMatchObject({ publicKey: made.publicKey });
    expect(countKeys()).toBe(before);
    const opened = await vault.open(name);
    expect(opened).toMatchObject({ algorithm: made.algorithm, publicKey: made.publicKey });
    expect(verifies(made, (await opened?.sign(MESSAGE)) ?? Buffer.of())).toBe(true);
  });

  it("is opened by another vault in the process, and outlives its end", async () => {
    const another = await pkcs11Vault(settings);
    const opened = await another.open(name);
    const last = opened?.sign(MESSAGE);
    another.close();
    expect(verifies(made, (await last) ?? Buffer.of())).toBe(true);
    await expect(opened?.sign(MESSAGE)).rejects.toMatchObject({ name: "Pkcs11Error", message: `token "${settings.token}" is closed` });
    expect(verifies(made, await made.sign(MESSAGE))).toBe(true);
  });

  it("is opened by another process", async () => {
    const [theirs] = await inProcess(`const signer = await vault.open("${name}"); report(signer.publicKey, await signer.sign(Buffer.from("${MESSAGE.toString()}")))`);
    expect(theirs?.[0]).toEqual(made.publicKey);
    expect(verifies(made, theirs?.[1] ?? Buffer.of())).toBe(true);
  });

  it("signs a root and an issuing CA that openssl accepts, strictly", async () => {
    const root = await makeRoot(made, NOW);
    const addresses = { certificate: "http://pki.example/root-1.cer", crl: "http://pki.example/root-1.crl" };
    const issuing = await makeIssuingCa(await vault.make(`5120-${kind}`, kind), { name: "5120-1", bank: { name: "証明信用金庫" } }, root, addresses, NOW);
    const [rootFile, issuingFile] = [["root", root] as const, ["issuing", issuing] as const].map(([file, { certificate }]) => {
      writeFileSync(join(dir, file), toPem("CERTIFICATE", certificate));
      return join(dir, file);
    });
    expect(openssl(["verify", "-x509_strict", "-attime", String(NOW.getTime() / 1000 + 60), "-CAfile", rootFile ?? "", issuingFile ?? ""]).out).toBe(`${String(issuingFile)}: OK\n`);
  });
});

describe("a vault in a token", () => {
  it("makes 200 signatures that are asked for at once, with two keys by turns", async () => {
    const [odd, even] = [await vault.make("ca-P-256", "P-256"), await vault.make("ca-P-384", "P-384")];
    const messages = Array.from({ length: 200 }, (_, index) => Buffer.from(String(index)));
    const signerOf = (index: number) => (index % 2 ? odd : even);
    const signatures = await Promise.all(messages.map((message, index) => signerOf(index).sign(message)));
    expect(signatures.filter((signature, index) => verifies(signerOf(index), signature, messages[index]))).toHaveLength(200);
  });

  it("makes 200 on two vaults at once", async () => {
    const another = await pkcs11Vault(settings);
    const [odd, even] = [await vault.make("ca-P-256", "P-256"), await another.make("ca-P-256", "P-256")];
    const signerOf = (index: number) => (index % 2 ? odd : even);
    const signatures = await Promise.all(Array.from({ length: 200 }, (_, index) => signerOf(index).sign(MESSAGE)));
    another.close();
    expect(signatures.filter((signature, index) => verifies(signerOf(index), signature))).toHaveLength(200);
  });

  it("has no key that was never made", async () => {
    expect(await vault.open("root-1")).toBeUndefined();
    expect(await vault.open("ca-P-25")).toBeUndefined();
  });

  it("gives several makers at once, on one vault, the same key", async () => {
    const made = await Promise.all(Array.from({ length: 10 }, () => vault.make("at-once", "P-256")));
    expect(new Set(made.map(({ publicKey }) => publicKey.toString("hex"))).size).toBe(1);
    expect(countKeys("at-once")).toBe(1);
  });

  it("gives several processes that make keys at once the same ones, and leaves no drafts", async () => {
    const names = Array.from({ length: 12 }, (_, index) => `race-${String(index)}`);
    const making = `for (const name of ${JSON.stringify(names)}) report((await vault.make(name, "P-256")).publicKey)`;
    const [ours, ...theirs] = await inProcess(making, 4);
    expect(new Set(ours?.map((key) => key.toString("hex"))).size).toBe(names.length);
    for (const keys of theirs) expect(keys).toEqual(ours);
    for (const name of names) expect([countKeys(name), countKeys(draftName(name))]).toEqual([1, 0]);
  });

  it("doesn't choose between two keys of one name", async () => {
    await vault.make("twice", "P-256");
    inToken((library, session) => { generate(library, session, "twice"); });
    const several = { name: "Pkcs11Error", message: 'the token has several private keys "twice"' };
    await expect(vault.open("twice")).rejects.toMatchObject(several);
    await expect(vault.make("twice", "P-256")).rejects.toMatchObject(several);
    expect(countKeys("twice")).toBe(2);
  });

  it("makes none beside a draft that was left behind, and says what to delete", async () => {
    const left = draftName("left");
    inToken((library, session) => { generate(library, session, left); });
    await expect(vault.make("left", "P-256")).rejects.toMatchObject({ name: "Pkcs11Error", message: expect.stringContaining(`left "${left}" in the token; delete that`) as string });
    expect([countKeys("left"), countKeys(left)]).toEqual([0, 1]);

    destroy(left);
    await vault.make("left", "P-256");
    expect([countKeys("left"), countKeys(left)]).toEqual([1, 0]);
  });

  it("goes on after a signature that failed: what was asked before and after is made", async () => {
    const [good, gone] = [await vault.make("good", "P-256"), await vault.make("gone", "P-256")];
    await gone.sign(MESSAGE);
    destroy("gone");
    const [before, failed, after] = await Promise.allSettled([good.sign(MESSAGE), gone.sign(MESSAGE), good.sign(MESSAGE)]);
    for (const made of [before, after]) expect(made.status === "fulfilled" && verifies(good, made.value)).toBe(true);
    expect(failed).toMatchObject({ status: "rejected", reason: { name: "Pkcs11Error", message: expect.stringMatching(/^token "認証局 CA": signing with key "gone": CKR_\w+$/) as string } });
    await expect(gone.sign(MESSAGE)).rejects.toThrow('key "gone" isn\'t the token\'s any more');
  });

  it("doesn't sign with another key that took a key's name", async () => {
    const replaced = await vault.make("replaced", "P-256");
    destroy("replaced");
    inToken((library, session) => { generate(library, session, "replaced"); });
    await expect(replaced.sign(MESSAGE)).rejects.toThrow('key "replaced" isn\'t the token\'s any more');
  });

  it("logs in again when its session is lost, and signs the next one", async () => {
    const signer = await vault.make("good", "P-256");
    loseSessions(settings.token);
    await expect(signer.sign(MESSAGE)).rejects.toThrow('token "認証局 CA": signing with key "good": CKR_SESSION_HANDLE_INVALID');
    expect(verifies(signer, await signer.sign(MESSAGE))).toBe(true);
  });

  it.each([
    ["no library", () => ({ module: join(dir, "libmissing.so") }), () => `there is no PKCS#11 library at ${join(dir, "libmissing.so")}`],
    ["a file that is no library", () => ({ module: softHsm.configuration }), () => new RegExp(`^${softHsm.configuration} isn't a PKCS#11 library that can be loaded: `)],
    ["no token of this label", () => ({ token: "missing" }), () => 'there is no token "missing"'],
    ["only half of the label", () => ({ token: "認証局" }), () => 'there is no token "認証局"'],
  ])("isn't opened where there is %s", async (_what, change, message) => {
    await expect(pkcs11Vault({ ...settings, ...change() })).rejects.toMatchObject({ name: "Pkcs11Error" });
    await expect(pkcs11Vault({ ...settings, ...change() })).rejects.toThrow(message());
  });

  it("isn't opened where two tokens have the label", async () => {
    await expect(pkcs11Vault(others.twin)).rejects.toThrow('there are several tokens "twin"');
  });

  it("isn't opened with a wrong PIN", async () => {
    await expect(pkcs11Vault({ ...others.other, pin: "0000" })).rejects.toMatchObject({ name: "Pkcs11Error", message: 'token "other": the PIN is wrong' });
    (await pkcs11Vault(others.other)).close();
  });

  it("never tries a PIN again that was refused", async () => {
    const { changing } = others;
    const opened = await pkcs11Vault(changing);
    const signer = await opened.make("ca", "P-256");
    inToken((library, session) => { library.C_SetPIN(session, PIN, "another"); }, changing.token);
    loseSessions(changing.token);
    await expect(signer.sign(MESSAGE)).rejects.toThrow("CKR_SESSION_HANDLE_INVALID");
    await expect(signer.sign(MESSAGE)).rejects.toThrow('token "changing": the PIN is wrong');

    (await pkcs11Vault({ ...changing, pin: "another" })).close(); // the right one again: it isn't asked for it, either
    await expect(signer.sign(MESSAGE)).rejects.toThrow('token "changing": the PIN is wrong');
  });
});

/** Something done to the token past the vault, by a session that its login covers. */
function inToken<T>(deed: (library: PKCS11, session: Handle) => T, label = settings.token): T {
  const library = new pkcs11js.PKCS11();
  library.load(softHsm.module);
  const session = library.C_OpenSession(slot(library, label), pkcs11js.CKF_SERIAL_SESSION | pkcs11js.CKF_RW_SESSION);
  try {
    return deed(library, session);
  } finally {
    library.C_CloseSession(session);
  }
}

function slot(library: PKCS11, label: string): Handle {
  const found = library.C_GetSlotList(true).find((each) => library.C_GetTokenInfo(each).label.trimEnd() === label);
  if (!found) throw new Error(`no token ${label}`);
  return found;
}

function loseSessions(label: string): void {
  const library = new pkcs11js.PKCS11();
  library.load(softHsm.module);
  library.C_CloseAllSessions(slot(library, label));
}

function objects(library: PKCS11, session: Handle, kind: number, label?: string): Handle[] {
  const template: Template = [{ type: pkcs11js.CKA_CLASS, value: kind }];
  library.C_FindObjectsInit(session, label === undefined ? template : [...template, { type: pkcs11js.CKA_LABEL, value: label }]);
  const found = library.C_FindObjects(session, 1_000);
  library.C_FindObjectsFinal(session);
  return found;
}

function countKeys(label?: string): number {
  return inToken((library, session) => objects(library, session, pkcs11js.CKO_PRIVATE_KEY, label).length);
}

function destroy(label: string): void {
  inToken((library, session) => {
    for (const kind of [pkcs11js.CKO_PRIVATE_KEY, pkcs11js.CKO_PUBLIC_KEY]) {
      for (const key of objects(library, session, kind, label)) library.C_DestroyObject(session, key);
    }
  });
}

function generate(library: PKCS11, session: Handle, label: string): void {
  const common: Template = [{ type: pkcs11js.CKA_TOKEN, value: true }, { type: pkcs11js.CKA_LABEL, value: label }];
  const p256: Template = [{ type: pkcs11js.CKA_EC_PARAMS, value: Buffer.from("06082a8648ce3d030107", "hex") }];
  library.C_GenerateKeyPair(session, { mechanism: pkcs11js.CKM_EC_KEY_PAIR_GEN }, [...common, ...p256], [...common, { type: pkcs11js.CKA_SIGN, value: true }]);
}

/** What `times` processes report that open the token and run `script` at the same time. */
async function inProcess(script: string, times = 1): Promise<Buffer[][]> {
  const source = `
    import { pkcs11Vault } from ${JSON.stringify(new URL("../../src/pki/pkcs11Vault.js", import.meta.url))};
    const report = (...all) => { for (const bytes of all) console.log(bytes.toString("base64")); };
    const vault = await pkcs11Vault(${JSON.stringify(settings)});
    ${script};
    vault.close();`;
  const run = () => promisify(execFile)(process.execPath, ["--input-type=module", "--eval", source], {
    env: { ...process.env, NODE_OPTIONS: "", SOFTHSM2_CONF: softHsm.configuration },
  });
  const reports = await Promise.all(Array.from({ length: times }, run));
  return reports.map(({ stdout }) => stdout.trimEnd().split("\n").map((line) => Buffer.from(line, "base64")));
}
