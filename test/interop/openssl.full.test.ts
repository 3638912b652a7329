import { readFileSync } from "node:fs";
import { keyKinds, LONG_MS, MANY, openBeforeManyRevocations, openParrot, openRotated, openWithAwkwardSerials } from "../support/relyingParties.js";
import { ListeningHouse, type Credentials } from "../support/ListeningHouse.js";
import { toPem } from "../../src/pki/pem.js";
import { parseSerialNumber } from "../../src/pki/serialNumber.js";
import { printed, program } from "../support/program.js";

const NOTHING_ELSE = ["-no-CAfile", "-no-CApath", "-no-CAstore"]; // nothing that this machine trusts

interface Check {
  crls: string;
  issuing?: string;
  check?: "-crl_check" | "-crl_check_all";
  purpose?: "sslclient" | "sslserver";
}

/** OpenSSL's verdict on a client's certificate, at its strictest: OK, or what it says against it. */
async function verified(house: ListeningHouse, certificate: string, { crls, issuing = house.file("issuing.pem"), check = "-crl_check_all", purpose = "sslclient" }: Check) {
  const { ok, out, complaint } = await program("openssl", [
    "verify", "-x509_strict", "-purpose", purpose, check, ...NOTHING_ELSE,
    "-CAfile", house.file("root.pem"), "-untrusted", issuing, "-CRLfile", crls, certificate,
  ]);
  if (ok) return out.endsWith(": OK\n") ? "OK" : out;
  return /error \d+ at \d depth lookup: (.+)/.exec(complaint)?.[1] ?? complaint;
}

/** What `openssl ocsp` prints, with what it complains of. */
async function asked(house: ListeningHouse, about: string[], { url = `${house.base}/ocsp`, issuing = house.file("issuing.pem") } = {}) {
  const { ok, out, complaint } = await program("openssl", ["ocsp", "-url", url, ...NOTHING_ELSE, "-CAfile", house.file("root.pem"), "-issuer", issuing, ...about]);
  return { ok, out, complaint, statuses: statusesIn(out) };
}

const statusesIn = (out: string) => [...out.matchAll(/^\S+: (good|revoked|unknown)$/gm)].map(([, status]) => status);
const moment = (at: Date) => `${at.toLocaleString("en-US", { month: "short", timeZone: "UTC" })} ${String(at.getUTCDate()).padStart(2)} ${at.toISOString().slice(11, 19)} ${String(at.getUTCFullYear())} GMT`;

/** The same by GET, in three steps: OpenSSL's command asks by POST only. */
async function askedByGet(house: ListeningHouse, about: string[]) {
  const request = house.file("request.der");
  const common = ["ocsp", "-issuer", house.file("issuing.pem"), ...about];
  await printed("openssl", [...common, "-no_nonce", "-reqout", request]);
  const response = await fetch(`${house.base}/ocsp/${encodeURIComponent(readFileSync(request).toString("base64"))}`);
  expect(response.status).toBe(200);
  const answer = house.write("response.der", Buffer.from(await response.arrayBuffer()));
  const { out, complaint } = await program("openssl", [...common, "-no_nonce", "-respin", answer, ...NOTHING_ELSE, "-CAfile", house.file("root.pem")]);
  expect(complaint).toBe("Response verify OK\n");
  return { statuses: statusesIn(out), response };
}

async function shownCrl(house: ListeningHouse, label?: string) {
  const issuing = house.file(label === "root-1" ? "root.pem" : "issuing.pem");
  const { ok, out, complaint } = await program("openssl", ["crl", "-inform", "DER", "-noout", "-text", "-verify", "-CAfile", issuing], await house.crl(label));
  expect({ ok, complaint }).toEqual({ ok: true, complaint: "verify OK\n" });
  const serials = [...out.matchAll(/Serial Number: *\n? *(\S+)/g)].map(([, serial]) => serial ?? "");
  return { text: out, serials, number: Number(/CRL Number: \n +(\d+)/.exec(out)?.[1]) };
}

describe.each(keyKinds)("OpenSSL, with a CA of $caKey and holders of $holderKey,", ({ caKey, holderKey }) => {
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
    ["accepts an active certificate", "active", "OK"],
    ["refuses a revoked one as revoked", "revoked", "certificate revoked"],
    ["refuses an expired one as expired", "expired", "certificate has expired"],
    ["refuses another CA's of the same names: its issuer isn't there", "foreign", "unable to get local issuer certificate"],
    ["refuses one for another purpose for that purpose", "otherPurpose", "unsuitable certificate purpose"],
  ] as const)("%s", async (_title, which, verdict) => {
    expect(await verified(house, shown[which].certificate, { crls })).toBe(verdict);
  });

  it("needs the list of each CA of the chain where it checks all of it, and the issuing CA's for the holder alone", async () => {
    const alone = house.write("issuing-crl.pem", toPem("X509 CRL", await house.crl()));
    expect(await verified(house, shown.active.certificate, { crls: alone, check: "-crl_check" })).toBe("OK");
    expect(await verified(house, shown.revoked.certificate, { crls: alone, check: "-crl_check" })).toBe("certificate revoked");
    expect(await verified(house, shown.active.certificate, { crls: alone })).toBe("unable to get certificate CRL");
  });

  it("lets nobody be a server with a holder's certificate", async () => {
    expect(await verified(house, shown.active.certificate, { crls, purpose: "sslserver" })).toBe("unsuitable certificate purpose");
  });

  it("does not take the foreign CA's chain for ours even where that CA's certificates are at hand", async () => {
    expect(await verified(house, shown.foreign.certificate, { crls, issuing: house.file("foreign-issuing.pem") })).toBe("unable to get local issuer certificate");
  });

  it("reads the subject in Japanese", async () => {
    const subject = await printed("openssl", ["x509", "-in", shown.active.certificate, "-noout", "-subject", "-nameopt", "oneline,utf8,-esc_msb"]);
    expect(subject).toBe("subject=C = JP, O = 契約先001, CN = 経理太郎, serialNumber = 5120-taro001\n");
  });

  it("finds the CRLs signed by their CAs, with dates, and the revoked serial with date and reason", async () => {
    const { text, serials } = await shownCrl(house);
    const revoked = await house.house.certificate(shown.revoked.certificateId);
    expect(serials.map(parseSerialNumber)).toEqual([revoked.serialNumber]);
    expect(text).toContain(`Revocation Date: ${moment(revoked.revokedAt ?? new Date(0))}`);
    expect(text).toMatch(/X509v3 CRL Reason Code: \n +Key Compromise\n/);
    expect(text).toContain(`Last Update: ${moment(house.house.clock.now())}`);
    expect((await shownCrl(house, "root-1")).text).toContain("No Revoked Certificates.");
  });

  it("gets each status by OCSP over POST, signed, with the nonce that it sent", async () => {
    const about = [shown.active, shown.revoked, shown.expired, shown.foreign].flatMap(({ certificate }) => ["-cert", certificate]);
    const { ok, complaint, statuses, out } = await asked(house, about);
    expect({ ok, complaint }).toEqual({ ok: true, complaint: "Response verify OK\n" });
    // One that is over was never revoked: OCSP tells of revocation alone, dates are the relying party's to read (RFC 6960 §2.2).
    expect(statuses).toEqual(["good", "revoked", "good", "unknown"]);
    const { revokedAt } = await house.house.certificate(shown.revoked.certificateId);
    expect(out).toMatch(new RegExp(`Reason: keyCompromise\\n\\s+Revocation Time: ${moment(revokedAt ?? new Date(0))}\\n`));
  });

  it("gets the same by CertIDs with SHA-256, and an unknown for a serial that was never issued", async () => {
    // The hash is said before what it is for; each serial has its own.
    const { complaint, statuses } = await asked(house, ["-sha256", "-cert", shown.active.certificate, "-cert", shown.revoked.certificate, "-sha1", "-serial", "0x1234", "-sha512", "-serial", "0x00ff"]);
    expect(complaint).toBe("Response verify OK\n");
    expect(statuses).toEqual(["good", "revoked", "unknown", "unknown"]);
  });

  it("is answered without a nonce where it sends none", async () => {
    const { complaint, statuses, out } = await asked(house, ["-no_nonce", "-cert", shown.active.certificate, "-resp_text"]);
    expect({ complaint, statuses }).toEqual({ complaint: "Response verify OK\n", statuses: ["good"] });
    expect(out).not.toContain("Nonce");
  });

  it("is answered where it signs what it asks, as it may", async () => {
    const { active } = shown;
    const { complaint, statuses } = await asked(house, ["-cert", active.certificate, "-signer", active.certificate, "-signkey", active.key]);
    expect({ complaint, statuses }).toEqual({ complaint: "Response verify OK\n", statuses: ["good"] });
  });

  it("gets unknown for what a foreign CA issued, and takes from nobody but that CA's own what it says of it", async () => {
    const issuing = house.file("foreign-issuing.pem");
    const { ok, complaint, statuses } = await asked(house, ["-cert", shown.foreign.certificate], { issuing });
    expect({ ok, statuses }).toEqual({ ok: false, statuses: ["unknown"] });
    expect(complaint).toContain("Response Verify Failure");
  });

  it("sees a revocation on the very next answer, by POST and by GET, and on the next CRL, with a higher number", async () => {
    const { certificate, certificateId } = await house.somebody("soon-revoked", holderKey);
    const about = ["-cert", certificate];
    const before = await shownCrl(house);
    expect((await asked(house, about)).statuses).toEqual(["good"]);
    expect((await askedByGet(house, about)).statuses).toEqual(["good"]);

    await house.revoke(certificateId);

    expect((await asked(house, about)).statuses).toEqual(["revoked"]);
    const { statuses, response } = await askedByGet(house, about);
    expect(statuses).toEqual(["revoked"]);
    expect(response.headers.get("content-type")).toBe("application/ocsp-response");
    const after = await shownCrl(house);
    expect(after.number).toBeGreaterThan(before.number);
    expect(after.serials).toHaveLength(before.serials.length + 1);
    expect(await verified(house, certificate, { crls: await house.crls("later.pem") })).toBe("certificate revoked");
  });
});

it("OpenSSL does compare nonces: it refuses an answer that was given to somebody else, and warns of one without", async () => {
  const house = await ListeningHouse.open();
  try {
    const { certificate } = await house.somebody("active");
    const answer = house.file("answer.der");
    for (const [nonce, isRefused, complaint] of [["-nonce", true, "Nonce Verify error"], ["-no_nonce", false, "WARNING: no nonce in response"]] as const) {
      await asked(house, ["-cert", certificate, nonce, "-respout", answer]);
      const parrot = await openParrot(readFileSync(answer));
      const heard = await asked(house, ["-cert", certificate], { url: parrot.url });
      await parrot.close();
      expect(heard).toMatchObject({ ok: !isRefused, complaint: expect.stringContaining(complaint) as string });
    }
  } finally {
    await house.close();
  }
}, LONG_MS);

it("OpenSSL finds awkward serials on the CRL and by OCSP, positive, and takes none of their neighbours for them", async () => {
  const { listening: house, active, revoked, serials } = await openWithAwkwardSerials();
  try {
    const crls = await house.crls();
    for (const { certificate } of revoked) expect(await verified(house, certificate, { crls })).toBe("certificate revoked");
    for (const { certificate } of active) expect(await verified(house, certificate, { crls })).toBe("OK");
    const { complaint, statuses } = await asked(house, [...revoked, ...active].flatMap(({ certificate }) => ["-cert", certificate]));
    expect({ complaint, statuses }).toEqual({ complaint: "Response verify OK\n", statuses: [...revoked.map(() => "revoked"), ...active.map(() => "good")] });
    // A negative one would be shown with a minus, and parsed as none.
    expect((await shownCrl(house)).serials.map(parseSerialNumber).sort()).toEqual([...serials].sort());
  } finally {
    await house.close();
  }
}, LONG_MS);

it("OpenSSL checks against an empty CRL, and finds the one that is meant among 20,000", async () => {
  const { listening: house, active, lost, fill } = await openBeforeManyRevocations();
  try {
    const empty = await house.crls("empty.pem");
    expect((await shownCrl(house)).text).toContain("No Revoked Certificates.");
    for (const { certificate } of [active, lost]) expect(await verified(house, certificate, { crls: empty })).toBe("OK");

    await fill();

    const long = await house.crls("long.pem");
    const { serials, number } = await shownCrl(house);
    expect({ serials: serials.length, areAllPositive: serials.every((serial) => parseSerialNumber(serial) !== undefined), number }).toEqual({ serials: MANY, areAllPositive: true, number: 2 });
    expect(await verified(house, active.certificate, { crls: long })).toBe("OK");
    expect(await verified(house, lost.certificate, { crls: long })).toBe("certificate revoked");
  } finally {
    await house.close();
  }
}, LONG_MS);

it("OpenSSL goes on verifying what the bank's CA issued before it was followed by another, each with its own CRL and OCSP", async () => {
  const { listening: house, generations } = await openRotated();
  try {
    const crls = await house.crls();
    for (const [index, { issuing, active, revoked }] of generations.entries()) {
      expect(await verified(house, active.certificate, { crls, issuing })).toBe("OK");
      expect(await verified(house, revoked.certificate, { crls, issuing })).toBe("certificate revoked");
      const another = generations.at(index - 1)?.issuing;
      expect(await verified(house, active.certificate, { crls, ...(another ? { issuing: another } : {}) })).toBe("unable to get local issuer certificate");
      const { complaint, statuses } = await asked(house, ["-cert", active.certificate, "-cert", revoked.certificate], { issuing });
      expect({ complaint, statuses }).toEqual({ complaint: "Response verify OK\n", statuses: ["good", "revoked"] });
    }
  } finally {
    await house.close();
  }
}, LONG_MS);
