import { readFileSync } from "node:fs";
import { toPem } from "../../src/pki/pem.js";
import { parseSerialNumber } from "../../src/pki/serialNumber.js";
import { ListeningHouse, type Credentials } from "../support/ListeningHouse.js";
import { printed, program } from "../support/program.js";
import { keyKinds, LONG_MS, openBeforeManyRevocations, openParrot, openRotated, openWithAwkwardSerials } from "../support/relyingParties.js";

const CLIENT_AUTH = "1.3.6.1.5.5.7.3.2";
const OK = "Verified. The certificate is trusted.";
const not = (reason: string) => `Not verified. The certificate is NOT trusted. ${reason}`;
const REVOKED = not("The certificate chain is revoked.");

/** certtool's last word on a certificate. The chain that it reads begins with it. */
async function verified(house: ListeningHouse, certificate: string, crls: string, issuing = house.file("issuing.pem")) {
  const chain = house.write("chain-of-one.pem", Buffer.concat([certificate, issuing].map((file) => readFileSync(file))));
  const { ok, out } = await program("certtool", [
    "--verify", "--infile", chain, "--load-ca-certificate", house.file("root.pem"), "--load-crl", crls, "--verify-purpose", CLIENT_AUTH, "--verify-profile", "medium",
  ]);
  const verdict = /^Chain verification output: (.+?) *$/m.exec(out)?.[1];
  expect(ok).toBe(verdict === OK);
  return { verdict, out };
}

/** What ocsptool is told of a certificate, and what it thinks of the answer. */
async function asked(
  house: ListeningHouse,
  certificate: string,
  { url = `${house.base}/ocsp`, issuing = house.file("issuing.pem"), trust, nonce = true }: { url?: string; issuing?: string; trust?: string; nonce?: boolean } = {},
) {
  const { ok, out, complaint } = await program("ocsptool", [
    `--ask=${url}`, nonce ? "--nonce" : "--no-nonce", "--load-issuer", issuing, "--load-cert", certificate, "--load-trust", trust ?? issuing,
  ]);
  return {
    ok,
    complaint,
    status: /Certificate Status: (\S+)/.exec(out)?.[1],
    nonce: /Nonce: (\w+)/.exec(out)?.[1],
    serial: /Serial Number: (\w+)/.exec(out)?.[1],
    verdict: /Verifying OCSP Response: (.+)\./.exec(out)?.[1],
    out,
  };
}

/** The CRL of the bank's CA as certtool shows it, which found it signed by that CA. */
async function shownCrl(house: ListeningHouse) {
  const out = await printed("certtool", ["--verify-crl", "--load-ca-certificate", house.file("issuing.pem")], toPem("X509 CRL", await house.crl()));
  expect(out).toContain(`Verification output: ${OK}`);
  return { out, serials: [...out.matchAll(/^\t\tSerial Number \(hex\): (\S+)$/gm)].map(([, serial]) => serial ?? "") };
}

describe.each(keyKinds)("GnuTLS, with a CA of $caKey and holders of $holderKey,", ({ caKey, holderKey }) => {
  let house: ListeningHouse;
  let shown: Credentials;
  let crls: string;
  beforeAll(async () => {
    house = await ListeningHouse.open({ caKey });
    shown = await house.credentials(holderKey);
    crls = await house.crls();
  }, LONG_MS);
  afterAll(() => house.close());

  it.each([
    ["accepts an active certificate", "active", OK],
    ["refuses a revoked one as revoked", "revoked", REVOKED],
    ["refuses an expired one as expired", "expired", not("The certificate chain uses expired certificate.")],
    ["refuses another CA's of the same names: its issuer isn't there", "foreign", not("The certificate issuer is unknown.")],
    ["refuses one for another purpose for that purpose", "otherPurpose", not("The certificate chain does not match the intended purpose.")],
  ] as const)("%s", async (_title, which, verdict) => {
    expect((await verified(house, shown[which].certificate, crls)).verdict).toBe(verdict);
  });

  it("looks at the lists of both CAs, by their names in Japanese", async () => {
    const { out } = await verified(house, shown.active.certificate, crls);
    for (const ca of ["CN=Shomei Issuing CA 5120-1,O=証明信用金庫,C=JP", "CN=Shomei Root CA 1,O=Shomei,C=JP"]) {
      expect(out).toContain(`Checked against CRL[01] of: ${ca}`);
    }
  });

  it("reads the certificate: subject in Japanese, serial, purposes, addresses", async () => {
    const { serialNumber } = await house.house.certificate(shown.active.certificateId);
    const out = await printed("certtool", ["-i", "--infile", shown.active.certificate]);
    for (const line of [
      `Serial Number (hex): ${serialNumber}`, "Subject: serialNumber=5120-taro001,CN=経理太郎,O=契約先001,C=JP",
      "Key Purpose (not critical):\n\t\t\tTLS WWW Client.\n", `URI: ${house.base}/pki/5120-1.crl`, `Access Location URI: ${house.base}/ocsp`,
    ]) expect(out).toContain(line);
  });

  it("finds the CRL signed by its CA and by no other, with number, dates and the revoked serial", async () => {
    const { out, serials } = await shownCrl(house);
    const { serialNumber } = await house.house.certificate(shown.revoked.certificateId);
    expect(serials).toEqual([serialNumber]);
    expect(out).toContain("CRL Number (not critical): 01\n");
    expect(out).toMatch(/Issued: .+ UTC \d{4}\n\t\tNext at: .+ UTC \d{4}\n/);
    expect(await printed("certtool", ["--crl-info", "--inder"], await house.crl())).toContain(`Serial Number (hex): ${serialNumber}\n`);

    const { ok, out: other } = await program("certtool", ["--verify-crl", "--load-ca-certificate", house.file("foreign-issuing.pem")], toPem("X509 CRL", await house.crl()));
    expect({ ok, other }).toEqual({ ok: false, other: expect.stringContaining("Verification output: Not verified.") as string });
  });

  it.each([
    ["good for an active certificate", "active", "good"],
    ["revoked for a revoked one", "revoked", "revoked"],
    // OCSP tells of revocation alone, dates are the relying party's to read (RFC 6960 §2.2).
    ["good for one that is over and was never revoked", "expired", "good"],
    ["unknown for a foreign one of which it thinks that it is ours", "foreign", "unknown"],
  ] as const)("gets, by OCSP, signed and with the nonce that it sent, %s", async (_title, which, status) => {
    const { certificate } = shown[which];
    expect(await asked(house, certificate)).toMatchObject({ ok: true, status, verdict: "Success", nonce: expect.stringMatching(/^\w{32,}$/) as string });
  });

  it("is told when it was revoked", async () => {
    const { revokedAt } = await house.house.certificate(shown.revoked.certificateId);
    const { out } = await asked(house, shown.revoked.certificate);
    const time = /Revocation time: (.+)\n/.exec(out)?.[1];
    expect(new Date(`${time?.replace("UTC ", "") ?? ""} UTC`)).toEqual(revokedAt);
  });

  it("asks without a nonce, too, and at the address that is in the certificate", async () => {
    expect(await asked(house, shown.active.certificate, { nonce: false })).toMatchObject({ ok: true, status: "good", verdict: "Success", nonce: undefined });
    const { out } = await program("ocsptool", ["--ask", "--load-issuer", house.file("issuing.pem"), "--load-cert", shown.active.certificate, "--load-trust", house.file("issuing.pem")]);
    expect(out).toContain("Verifying OCSP Response: Success.");
  });

  it("trusts our signer by the bank's CA, and by no other: the root alone isn't enough for ocsptool, which builds no chain", async () => {
    const { certificate } = shown.active;
    for (const trust of ["root.pem", "foreign-issuing.pem"]) {
      expect(await asked(house, certificate, { trust: house.file(trust) })).toMatchObject({ verdict: "Failure, Signer cert is not trusted" });
    }
    expect(await asked(house, certificate, { trust: house.file("chain.pem") })).toMatchObject({ verdict: "Success" });
  });

  it("sees a revocation on the very next answer", async () => {
    const { certificate, certificateId } = await house.somebody("soon-revoked", holderKey);
    expect(await asked(house, certificate)).toMatchObject({ status: "good", verdict: "Success" });
    expect((await verified(house, certificate, await house.crls("before.pem"))).verdict).toBe(OK);

    await house.revoke(certificateId);

    expect(await asked(house, certificate)).toMatchObject({ status: "revoked", verdict: "Success" });
    expect((await verified(house, certificate, await house.crls("after.pem"))).verdict).toBe(REVOKED);
  });
});

it("GnuTLS does compare nonces: it refuses an answer that was given to somebody else, and one without", async () => {
  const house = await ListeningHouse.open();
  try {
    const { certificate } = await house.somebody("active");
    const answer = house.file("answer.der");
    for (const [nonce, complaint] of [["--nonce", "nonce in the response doesn't match"], ["--no-nonce", "could not read response's nonce"]] as const) {
      await printed("ocsptool", [`--ask=${house.base}/ocsp`, nonce, "--load-issuer", house.file("issuing.pem"), "--load-cert", certificate, "--outfile", answer]);
      const parrot = await openParrot(readFileSync(answer));
      const heard = await asked(house, certificate, { url: parrot.url });
      await parrot.close();
      expect(heard).toMatchObject({ ok: false, verdict: undefined, complaint: expect.stringContaining(complaint) as string });
    }
  } finally {
    await house.close();
  }
}, LONG_MS);

it("GnuTLS finds awkward serials on the CRL and by OCSP, positive, and takes none of their neighbours for them", async () => {
  const { listening: house, active, revoked, serials } = await openWithAwkwardSerials();
  try {
    const crls = await house.crls();
    for (const [certificates, verdict, status] of [[revoked, REVOKED, "revoked"], [active, OK, "good"]] as const) {
      for (const { certificate, certificateId } of certificates) {
        expect((await verified(house, certificate, crls)).verdict).toBe(verdict);
        const heard = await asked(house, certificate);
        expect(heard).toMatchObject({ status, verdict: "Success" });
        expect(parseSerialNumber(heard.serial ?? "")).toBe((await house.house.certificate(certificateId)).serialNumber);
      }
    }
    // It shows the octets of the DER: of one with its top bit set in the first, a zero before it.
    const onList = (await shownCrl(house)).serials;
    expect(onList.filter((serial) => serial >= "8")).toEqual([]);
    expect(onList.map(parseSerialNumber).sort()).toEqual([...serials].sort());
  } finally {
    await house.close();
  }
}, LONG_MS);

it("GnuTLS checks against an empty CRL, and finds the one that is meant among 20,000", async () => {
  const { listening: house, active, lost, fill } = await openBeforeManyRevocations();
  try {
    const empty = await house.crls("empty.pem");
    expect((await shownCrl(house)).out).toContain("No revoked certificates.");
    for (const { certificate } of [active, lost]) expect((await verified(house, certificate, empty)).verdict).toBe(OK);

    await fill();

    const long = await house.crls("long.pem"); // not shown: the time that certtool takes to print a list grows with its square
    expect((await verified(house, active.certificate, long)).verdict).toBe(OK);
    expect((await verified(house, lost.certificate, long)).verdict).toBe(REVOKED);
  } finally {
    await house.close();
  }
}, LONG_MS);

it("GnuTLS goes on verifying what the bank's CA issued before it was followed by another, each with its own CRL and OCSP", async () => {
  const { listening: house, generations } = await openRotated();
  try {
    const crls = await house.crls();
    for (const [index, { issuing, active, revoked }] of generations.entries()) {
      expect((await verified(house, active.certificate, crls, issuing)).verdict).toBe(OK);
      expect((await verified(house, revoked.certificate, crls, issuing)).verdict).toBe(REVOKED);
      expect((await verified(house, active.certificate, crls, generations.at(index - 1)?.issuing)).verdict).toBe(not("The certificate issuer is unknown."));
      expect(await asked(house, active.certificate, { issuing })).toMatchObject({ status: "good", verdict: "Success" });
      expect(await asked(house, revoked.certificate, { issuing })).toMatchObject({ status: "revoked", verdict: "Success" });
    }
  } finally {
    await house.close();
  }
}, LONG_MS);
