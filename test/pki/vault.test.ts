import { generateKeyPairSync, type KeyObject } from "node:crypto";
import { chmodSync, existsSync, mkdtempSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { newIssuingKey } from "../../src/pki/hierarchy.js";
import { KeyFileError, readKeyFile } from "../../src/pki/keyFile.js";
import { PassphraseError, fileVault, passphraseFor } from "../../src/pki/Vault.js";
import { openssl, opensslPrints } from "../support/openssl.js";

const PASSPHRASE = "合言葉 correct horse";
const key = newIssuingKey();
const other = newIssuingKey();
const pkcs8 = (of: KeyObject) => of.export({ type: "pkcs8", format: "pem" }).toString();
const modeOf = (file: string) => statSync(file).mode & 0o777;

let dir: string;
let kept: string; // a vault with one key in it: each file takes a while to make
let file: string;

beforeAll(() => {
  kept = join(mkdtempSync(join(tmpdir(), "shomei-vault-")), "ca");
  file = join(kept, "5120-1.key.pem");
  expect(fileVault(kept, PASSPHRASE).keep("5120-1", key)).toBe(key);
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
  it("is read back as it was kept", () => {
    expect(fileVault(kept, PASSPHRASE).read("5120-1")?.equals(key)).toBe(true);
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

  it("is never replaced: who comes second gets the first one's", () => {
    const before = readFileSync(file);
    expect(fileVault(kept, PASSPHRASE).keep("5120-1", other).equals(key)).toBe(true);
    expect(readFileSync(file)).toEqual(before);
    expect(readdirSync(kept)).toEqual(["5120-1.key.pem"]);
  });

  it("isn't replaced by one who has another passphrase, either", () => {
    const before = readFileSync(file);
    expect(() => fileVault(kept, "another").keep("5120-1", other)).toThrow(KeyFileError);
    expect(readFileSync(file)).toEqual(before);
  });

  it("is never encrypted the same way twice", () => {
    fileVault(dir, PASSPHRASE).keep("5120-1", key);
    expect(readFileSync(join(dir, "5120-1.key.pem"), "utf8").slice(0, 300)).not.toBe(readFileSync(file, "utf8").slice(0, 300));
  });

  it("may be an RSA key as well as one of an elliptic curve", () => {
    const { privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
    expect(fileVault(dir, PASSPHRASE).keep("rsa", privateKey)).toBe(privateKey);
    expect(fileVault(dir, PASSPHRASE).read("rsa")?.equals(privateKey)).toBe(true);
  });

  it("that was never kept isn't there", () => {
    expect(fileVault(kept, PASSPHRASE).read("root-1")).toBeUndefined();
    expect(fileVault(join(dir, "nowhere"), PASSPHRASE).read("root-1")).toBeUndefined();
  });

  it("isn't opened with a wrong passphrase; the complaint names the file", () => {
    const open = () => fileVault(kept, "wrong").read("5120-1");
    expect(open).toThrow(expect.objectContaining({ name: "KeyFileError", file, message: `${file} can't be opened with this passphrase` }) as Error);
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

    fileVault(dir, longest).keep("5120-1", key);
    expect(fileVault(dir, longest).read("5120-1")?.equals(key)).toBe(true);
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
