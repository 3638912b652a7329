import { createPublicKey, generateKeyPairSync, verify, type KeyObject } from "node:crypto";
import { chmodSync, existsSync, mkdtempSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { KeyFileError, WeakKeyFileError, keyFileOf, readKeyFile, writeKeyFile } from "../../src/pki/keyFile.js";
import { keyKinds, keySigner, newKey, type Signer } from "../../src/pki/Signer.js";
import { PassphraseError, fileVault, firstOf, passphraseFor } from "../../src/pki/Vault.js";
import { openssl, opensslPrints } from "../support/openssl.js";

const PASSPHRASE = "合言葉 correct horse";
const key = newKey("P-256");
const { publicKey } = keySigner(key);
const pkcs8 = (of: KeyObject) => of.export({ type: "pkcs8", format: "pem" }).toString();
const keyOf = (signer: Signer) => createPublicKey({ key: signer.publicKey, format: "der", type: "spki" });
const modeOf = (file: string) => statSync(file).mode & 0o777;

let dir: string;
let kept: string; // a vault with one key in it: each file takes a while to make
let file: string;

beforeAll(() => {
  kept = join(mkdtempSync(join(tmpdir(), "shomei-vault-")), "ca");
  file = keyFileOf(kept, "5120-1");
  expect(writeKeyFile(file, key, PASSPHRASE)).toBe(true);
});
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), "shomei-vault-"));
});
afterEach(() => {
  rmSync(dir, { recursive: true, force: true });
});
afterAll(() => {
  rmSync(join(kept, ".."), { recursive: true, force: true });
});

describe("a key in the vault", () => {
  it("is read back as it was kept", async () => {
    expect(readKeyFile(file, PASSPHRASE)?.equals(key)).toBe(true);
    expect((await fileVault(kept, PASSPHRASE).open("5120-1"))?.publicKey).toEqual(publicKey);
  });

  it("is encrypted on the disk: openssl opens it with the passphrase", () => {
    expect(readFileSync(file, "utf8")).toMatch(/^-----BEGIN ENCRYPTED PRIVATE KEY-----\n[\s\S]+\n-----END ENCRYPTED PRIVATE KEY-----\n$/);
    expect(opensslPrints(["pkey", "-in", file, "-passin", `pass:${PASSPHRASE}`])).toBe(pkcs8(key));
  });

  it("and with no other", () => {
    expect(openssl(["pkey", "-in", file, "-passin", "pass:another"])).toMatchObject({ ok: false, out: "" });
  });

  it("costs whoever guesses 600,000 rounds of PBKDF2 with HMAC-SHA-256 a try, and is sealed with AES-256", () => {
    const structure = opensslPrints(["asn1parse", "-in", file]);
    expect(structure).toMatch(/PBKDF2[\s\S]+OCTET STRING[\s\S]+INTEGER +:0927C0[\s\S]+hmacWithSHA256[\s\S]+aes-256-cbc/);
    expect(0x0927c0).toBe(600_000);
  });

  it("can be read by its owner only, like its folder, and leaves no draft beside it", () => {
    expect(modeOf(file)).toBe(0o600);
    expect(modeOf(kept)).toBe(0o700);
    expect(readdirSync(kept)).toEqual(["5120-1.key.pem"]);
  });

  it("is never replaced: who comes second gets the first one's", async () => {
    const before = readFileSync(file);
    expect((await fileVault(kept, PASSPHRASE).make("5120-1", "P-256")).publicKey).toEqual(publicKey);
    expect((await fileVault(kept, PASSPHRASE).make("5120-1", "P-384")).publicKey).toEqual(publicKey);
    expect(readFileSync(file)).toEqual(before);
    expect(readdirSync(kept)).toEqual(["5120-1.key.pem"]);
  });

  it("isn't replaced by one who has another passphrase, either", async () => {
    const before = readFileSync(file);
    await expect((async () => fileVault(kept, "another").make("5120-1", "P-256"))()).rejects.toThrow(KeyFileError);
    expect(readFileSync(file)).toEqual(before);
  });

  it("is never encrypted the same way twice", () => {
    const again = keyFileOf(dir, "5120-1");
    writeKeyFile(again, key, PASSPHRASE);
    expect(readFileSync(again, "utf8").slice(0, 300)).not.toBe(readFileSync(file, "utf8").slice(0, 300));
  });

  it.each(keyKinds)("may be of %s; what it signs is whole, in as many parts as it comes", async (kind) => {
    const made = await fileVault(dir, PASSPHRASE).make("ca", kind);
    const opened = await fileVault(dir, PASSPHRASE).open("ca");
    expect(opened).toMatchObject({ algorithm: made.algorithm, publicKey: made.publicKey });

    const verifies = async (signer: Signer | undefined, ...parts: string[]) => {
      const signature = (await signer?.sign(...parts.map((part) => Buffer.from(part)))) ?? Buffer.of();
      return verify(made.algorithm === "ECDSA_SHA384" ? "sha384" : "sha256", Buffer.from("one two"), keyOf(made), signature);
    };
    expect(await verifies(made, "one two")).toBe(true);
    expect(await verifies(opened, "one", " ", "two")).toBe(true);
    expect(await verifies(opened, "one", "two")).toBe(false);
  });

  it("may be an RSA key of another size, as well", async () => {
    const { privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
    expect(writeKeyFile(keyFileOf(dir, "rsa"), privateKey, PASSPHRASE)).toBe(true);
    expect(await fileVault(dir, PASSPHRASE).open("rsa")).toMatchObject({ algorithm: "RSA_SHA256", publicKey: keySigner(privateKey).publicKey });
  });

  it("that was never kept isn't there", async () => {
    expect(await fileVault(kept, PASSPHRASE).open("root-1")).toBeUndefined();
    expect(await fileVault(join(dir, "nowhere"), PASSPHRASE).open("root-1")).toBeUndefined();
  });

  it("isn't opened with a wrong passphrase; the complaint names the file", async () => {
    expect(() => readKeyFile(file, "wrong")).toThrow(expect.objectContaining({ name: "KeyFileError", file, message: `${file} can't be opened with this passphrase` }) as Error);
    await expect((async () => fileVault(kept, "wrong").open("5120-1"))()).rejects.toThrow(KeyFileError);
  });

  it.each([
    ["nothing", ""],
    ["garbage", "garbage"],
    ["a broken block", "-----BEGIN ENCRYPTED PRIVATE KEY-----\nAAAA\n-----END ENCRYPTED PRIVATE KEY-----\n"],
    ["a public key", generateKeyPairSync("ec", { namedCurve: "P-256" }).publicKey.export({ type: "spki", format: "pem" }).toString()],
    ["the key in the clear, which anybody might have put there", pkcs8(key)],
    ["the key in the clear, in SEC 1", key.export({ type: "sec1", format: "pem" }).toString()],
  ])("isn't read from a file of %s", (_what, text) => {
    const bad = join(dir, "bad.key.pem");
    writeFileSync(bad, text);
    expect(() => readKeyFile(bad, PASSPHRASE)).toThrow(KeyFileError);
    expect(readFileSync(bad, "utf8")).toBe(text);
  });

  it("isn't read from half of its file", () => {
    const half = join(dir, "half.key.pem");
    writeFileSync(half, readFileSync(file, "utf8").slice(0, 200));
    expect(() => readKeyFile(half, PASSPHRASE)).toThrow(KeyFileError);
  });
});

describe("a key file that others made", () => {
  const sealed = (...how: string[]) => {
    const path = join(dir, "sealed.key.pem");
    opensslPrints(["pkcs8", "-topk8", ...how, "-passout", `pass:${PASSPHRASE}`, "-out", path], pkcs8(key));
    return path;
  };

  it.each([
    ["600,000 rounds of PBKDF2", "-v2prf hmacWithSHA256 -iter 600000"],
    ["more of them, with AES-128 and HMAC-SHA-512", "-v2 aes-128-cbc -v2prf hmacWithSHA512 -iter 700000"],
    ["scrypt as strong", "-scrypt -scrypt_N 16384 -scrypt_r 8 -scrypt_p 5"],
  ])("is read where openssl sealed it with %s", (_what, how) => {
    expect(readKeyFile(sealed(...how.split(" ")), PASSPHRASE)?.equals(key)).toBe(true);
  });

  it.each([
    ["openssl's 2,048 rounds", "-v2 aes-256-cbc"],
    ["599,999 rounds", "-v2 aes-256-cbc -iter 599999"],
    ["600,000 rounds of HMAC-SHA-1", "-v2 aes-256-cbc -v2prf hmacWithSHA1 -iter 600000"],
    ["Triple DES", "-v2 des3 -v2prf hmacWithSHA256 -iter 600000"],
    ["openssl's scrypt", "-scrypt"],
    ["scrypt of little memory, however often", "-scrypt -scrypt_N 1024 -scrypt_r 8 -scrypt_p 100"],
    ["PBES1", "-v1 PBE-SHA1-3DES -iter 600000"],
  ])("isn't where it did so with %s, which gives the passphrase away sooner", (_what, how) => {
    const path = sealed(...how.split(" "));
    const before = readFileSync(path);
    expect(() => readKeyFile(path, PASSPHRASE)).toThrow(WeakKeyFileError);
    expect(() => readKeyFile(path, PASSPHRASE)).toThrow(KeyFileError);
    expect(readFileSync(path)).toEqual(before);
  });

  it("is read once it is sealed anew by the command that the refusal names", () => {
    const weak = sealed("-v2", "aes-256-cbc");
    const anew = join(dir, "anew.key.pem");
    const complaint = messageOf(() => readKeyFile(weak, PASSPHRASE));
    expect(complaint).toMatch(/^\S+ is sealed too weakly; seal it anew: openssl pkcs8 [^\n]+$/);

    const command = complaint.slice(complaint.indexOf("openssl ") + "openssl ".length).replace("<new file>", anew);
    opensslPrints([...command.split(" "), "-passin", `pass:${PASSPHRASE}`, "-passout", `pass:${PASSPHRASE}`]);
    expect(readKeyFile(anew, PASSPHRASE)?.equals(key)).toBe(true);
  });

  it("isn't read in the clear, nor in the PKCS#1 and SEC 1 forms that openssl encrypts with one round of MD5", () => {
    const path = join(dir, "traditional.key.pem");
    opensslPrints(["ec", "-aes256", "-passout", `pass:${PASSPHRASE}`, "-out", path], pkcs8(key));
    expect(readFileSync(path, "utf8")).toContain("Proc-Type: 4,ENCRYPTED");
    expect(() => readKeyFile(path, PASSPHRASE)).toThrow(KeyFileError);
  });
});

describe("several vaults as one", () => {
  const inFolder = (name: string) => fileVault(join(dir, name), PASSPHRASE);

  it("look a key up in each, in their order", async () => {
    const [first, second] = [inFolder("a"), inFolder("b")];
    const theirs = await second.make("ca", "P-256");
    expect((await firstOf([first, second]).open("ca"))?.publicKey).toEqual(theirs.publicKey);

    const ours = await first.make("ca", "P-256");
    expect((await firstOf([first, second]).open("ca"))?.publicKey).toEqual(ours.publicKey);
    expect((await firstOf([second, first]).open("ca"))?.publicKey).toEqual(theirs.publicKey);
  });

  it("make a key in the first", async () => {
    const [first, second] = [inFolder("a"), inFolder("b")];
    const made = await firstOf([first, second]).make("ca", "P-384");
    expect((await first.open("ca"))?.publicKey).toEqual(made.publicKey);
    expect(await second.open("ca")).toBeUndefined();
  });

  it("make none where any has one: that one is opened", async () => {
    const [first, second] = [inFolder("a"), inFolder("b")];
    const there = await second.make("ca", "P-256");
    expect((await firstOf([first, second]).make("ca", "P-384")).publicKey).toEqual(there.publicKey);
    expect(await first.open("ca")).toBeUndefined();
  });

  it("have no key that none of them has", async () => {
    expect(await firstOf([inFolder("a"), inFolder("b")]).open("ca")).toBeUndefined();
    expect(readdirSync(dir)).toEqual([]);
  });

  it("hide no refusal: a key that the first can't open isn't taken from the second", async () => {
    await inFolder("a").make("ca", "P-256");
    await inFolder("b").make("ca", "P-256");
    await expect(firstOf([fileVault(join(dir, "a"), "wrong"), inFolder("b")]).open("ca")).rejects.toThrow(KeyFileError);
    await expect(firstOf([fileVault(join(dir, "a"), "wrong"), inFolder("b")]).make("ca", "P-256")).rejects.toThrow(KeyFileError);
  });
});

describe("the passphrase", () => {
  const inFile = (text: string, mode = 0o600) => {
    const path = join(dir, "given");
    writeFileSync(path, text);
    chmodSync(path, mode);
    return path;
  };
  const fromFile = (path: string) => passphraseFor(dir, { passphrase: undefined, file: path });
  const own = () => passphraseFor(dir, { passphrase: undefined, file: undefined });

  it("that is given is used, and no file is made or looked at", () => {
    expect(passphraseFor(dir, { passphrase: "given", file: undefined })).toBe("given");
    expect(passphraseFor(dir, { passphrase: "given", file: join(dir, "missing") })).toBe("given");
    expect(readdirSync(dir)).toEqual([]);
  });

  it("in a file that is named is used, without the line end behind it, and no other is made", () => {
    expect(fromFile(inFile("in a file\n"))).toBe("in a file");
    expect(readdirSync(dir)).toEqual(["given"]);
  });

  it.each([0o600, 0o400, 0o700])("is read from a file of mode %o", (mode) => {
    expect(fromFile(inFile("x", mode))).toBe("x");
  });

  it.each([0o644, 0o640, 0o604, 0o660, 0o610, 0o601, 0o777])("isn't read from a file of mode %o, which others may read, write or run", (mode) => {
    const path = inFile("x", mode);
    expect(() => fromFile(path)).toThrow(PassphraseError);
    expect(() => fromFile(path)).toThrow(`${path} can be read by others: chmod 600`);
  });

  it.each(["", "\n", "  \n\n"])("isn't nothing: %j", (text) => {
    expect(() => fromFile(inFile(text))).toThrow(PassphraseError);
  });

  it("isn't longer than 1,024 octets: keys sealed with a longer one could never be opened again", () => {
    const longest = "字".repeat(341) + "x";
    expect(passphraseFor(dir, { passphrase: longest, file: undefined })).toBe(longest);
    expect(() => passphraseFor(dir, { passphrase: `${longest}x`, file: undefined })).toThrow(PassphraseError);
    expect(fromFile(inFile(longest))).toBe(longest);
    expect(() => fromFile(inFile(`${longest}x`))).toThrow(PassphraseError);

    writeKeyFile(keyFileOf(dir, "5120-1"), key, longest);
    expect(readKeyFile(keyFileOf(dir, "5120-1"), longest)?.equals(key)).toBe(true);
  });

  it("isn't read from a file that isn't there, nor is that made", () => {
    const path = join(dir, "missing");
    expect(() => fromFile(path)).toThrow(PassphraseError);
    expect(existsSync(path)).toBe(false);
  });

  it("isn't read from a folder", () => {
    chmodSync(dir, 0o700);
    expect(() => fromFile(dir)).toThrow(PassphraseError);
  });

  it("is made at the first start where none is given: 32 random octets, its owner's only, the same ever after", () => {
    const made = own();
    expect(made).toMatch(/^[\w-]{43}$/);
    expect(modeOf(join(dir, "passphrase"))).toBe(0o600);
    expect(readFileSync(join(dir, "passphrase"), "utf8")).toBe(`${made}\n`);
    expect(own()).toBe(made);
    expect(readdirSync(dir)).toEqual(["passphrase"]);
  });

  it("is another in another vault", () => {
    expect(passphraseFor(join(dir, "a"), { passphrase: undefined, file: undefined })).not.toBe(own());
  });

  it("of the vault's own file isn't used either, once others can read it", () => {
    own();
    chmodSync(join(dir, "passphrase"), 0o644);
    expect(own).toThrow(PassphraseError);
  });
});

function messageOf(deed: () => unknown): string {
  try {
    deed();
  } catch (error) {
    if (error instanceof Error) return error.message;
  }
  throw new Error("nothing was refused");
}

it("no passphrase is made where there are sealed keys already: whoever brought them without it is told so", () => {
  writeFileSync(join(dir, "5120-1.key.pem"), readFileSync(file));
  const nothing = { passphrase: undefined, file: undefined };
  expect(() => passphraseFor(dir, nothing)).toThrow(PassphraseError);
  expect(() => passphraseFor(dir, nothing)).toThrow("there are sealed keys");
  expect(existsSync(join(dir, "passphrase"))).toBe(false);
});
