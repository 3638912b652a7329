import { MINUTE, SECOND, later } from "../../src/foundation/clock.js";
import { enrollCertificate } from "../../src/certificates/enrollCertificate.js";
import { revokeCertificate } from "../../src/certificates/revokeCertificate.js";
import { reissueCertificate } from "../../src/certificates/reissueCertificate.js";
import { resendNotice } from "../../src/desk/resendNotice.js";
import { findNotices } from "../../src/desk/readNotices.js";
import { User } from "../../src/identity/User.js";
import { deliverNotices as deliver } from "../../src/notices/deliverNotices.js";
import { Notice } from "../../src/notices/Notice.js";
import { notify } from "../../src/notices/notify.js";
import { aCsr } from "../support/csr.js";
import { House, THE_MORNING, type Tenant } from "../support/House.js";
import type { MemoryMailer } from "../support/outside.js";

let house: House;
let tenant: Tenant;
let mailer: MemoryMailer;

beforeAll(async () => {
  house = await House.open();
  mailer = house.desk.mailer as MemoryMailer;
});
afterAll(() => house.close());
beforeEach(async () => {
  house.clock.moveTo(THE_MORNING);
  await house.clear();
  mailer.sent.length = 0;
  mailer.fails = "NEVER";
  tenant = await house.aTenant();
  await address(tenant.taro, "taro@example.com");
  await address(tenant.master, "master@example.com");
});

const deliverNotices = async (desk = house.desk) => (await deliver(desk)).sent;
const address = (user: User, mailAddress: string | null) => house.db.transaction((tx) => tx.update(User, { id: user.id }, { mailAddress }));
const write = (changes: Partial<Parameters<typeof notify>[2]> = {}) => house.db.transaction((tx) => notify(tx, house.desk, { kind: "PASSWORDS_CHANGED", about: tenant.taro, facts: { kinds: ["LOGIN"], by: "master001" }, ...changes }));
const notices = () => house.db.reads.find(Notice, { order: { id: "ASC" } });
const one = async () => (await notices())[0];

describe("a notice", () => {
  it("goes to the holder and to the Master, to each its own mail", async () => {
    await write();
    expect(await deliverNotices(house.desk)).toBe(2);
    expect(mailer.sent.map(({ to }) => to).sort()).toEqual(["master@example.com", "taro@example.com"]);
    expect((await notices()).map(({ state, tries, sentAt }) => [state, tries, sentAt])).toEqual([["SENT", 1, THE_MORNING], ["SENT", 1, THE_MORNING]]);
    expect(await deliverNotices(house.desk)).toBe(0);
  });

  it("goes nowhere where no address is known, and to the Master alone where only its is", async () => {
    await address(tenant.taro, null);
    await write();
    expect((await notices()).map(({ recipientId }) => recipientId)).toEqual([tenant.master.id]);
    await address(tenant.master, null);
    await write();
    expect(await notices()).toHaveLength(1);
  });

  it("goes to nobody of another contract", async () => {
    const other = await house.aTenant();
    await address(other.master, "other-master@example.com");
    await address(other.taro, "other-taro@example.com");
    await write();
    expect((await notices()).map(({ mailAddress }) => mailAddress).sort()).toEqual(["master@example.com", "taro@example.com"]);
  });

  it("that tells a secret, or that is its holder's alone, goes to nobody else", async () => {
    await write({ to: "HOLDER" });
    expect((await notices()).map(({ recipientId }) => recipientId)).toEqual([tenant.taro.id]);
  });

  it("of what was rolled back isn't written", async () => {
    await house.db.transaction(async (tx) => {
      await notify(tx, house.desk, { kind: "PASSWORDS_CHANGED", about: tenant.taro });
      throw new Error("a fault");
    }).catch(() => undefined);
    expect(await notices()).toEqual([]);
  });

  it("of an occasion is written once", async () => {
    await Promise.all([1, 2, 3].map(() => write({ occasion: "once" })));
    await write({ occasion: "once" });
    expect(await notices()).toHaveLength(2);
  });
});

describe("of a reissue and of what it opens", () => {
  const taros = "taro@example.com";
  const masters = "master@example.com";
  const told = async (kind: Notice["kind"]) => (await notices()).filter((notice) => notice.kind === kind).map(({ mailAddress }) => mailAddress).sort();

  it.each([[taros, masters], [null, masters], [taros, null], [null, null]])("holder and Master are told, who have the addresses %s and %s", async (holders, master) => {
    const other = await house.aTenant();
    await address(other.master, "other-master@example.com");
    await address(tenant.hana, "hana@example.com");
    await address(tenant.taro, holders);
    await address(tenant.master, master);
    const expected = [holders, master].filter((one) => one !== null).sort();

    const { enrollmentCode } = await reissueCertificate(house.desk, await house.signedIn(tenant.master), { userId: tenant.taro.id, expectedVersion: 1, reason: "LOST" });
    expect(await told("CERTIFICATE_REISSUED")).toEqual(expected);
    await enrollCertificate(house.desk, await house.signedIn(tenant.taro), { csr: aCsr().pem, enrollmentCode });
    expect(await told("CERTIFICATE_ENROLLED")).toEqual(expected);
  });

  it("a Master that acquires its own is told once", async () => {
    const { enrollmentCode } = await house.aCertificate(tenant.master, "PENDING");
    await enrollCertificate(house.desk, await house.signedIn(tenant.master), { csr: aCsr().pem, enrollmentCode });
    expect(await told("CERTIFICATE_ENROLLED")).toEqual([masters]);
  });
});

describe("a mail that isn't taken", () => {
  it("is tried again, later and later, and given up in the end, where the desk sees it", async () => {
    mailer.fails = "NOW";
    await write({ to: "HOLDER" });
    const pauses: number[] = [];
    for (let tries = 1; (await one())?.state === "QUEUED" && tries < 20; tries++) {
      await deliverNotices(house.desk);
      const notice = await one();
      expect(notice).toMatchObject({ tries, lastError: "connection refused" });
      if (notice?.state === "QUEUED") {
        pauses.push(notice.nextTryAt.getTime() - house.clock.now().getTime());
        house.clock.moveTo(later(notice.nextTryAt, -1));
        expect(await deliverNotices(house.desk)).toBe(0);
        expect((await one())?.tries).toBe(tries);
        house.clock.moveTo(notice.nextTryAt);
      }
    }
    expect(await one()).toMatchObject({ state: "DEAD", tries: 8 });
    expect(pauses).toEqual([...pauses].sort((a, b) => a - b));
    expect(pauses[0]).toBe(30 * SECOND);

    const operator = await house.atTheDesk(await house.anOperator());
    const { rows } = await findNotices(house.desk, operator, { state: ["DEAD"] }, { first: 10, after: null });
    expect(rows).toMatchObject([{ kind: "PASSWORDS_CHANGED", mailAddress: "taro@example.com", lastError: "connection refused" }]);
    mailer.fails = "NEVER";
    await resendNotice(house.desk, operator, { noticeId: rows[0]?.id ?? "" });
    expect(await deliverNotices(house.desk)).toBe(1);
    expect(await one()).toMatchObject({ state: "SENT", tries: 1, lastError: null });
    await expect(resendNotice(house.desk, operator, { noticeId: rows[0]?.id ?? "" })).rejects.toMatchObject({ code: "NOT_DEAD" });
    expect((await house.history()).filter(({ action }) => action === "NOTICE_RESEND")).toMatchObject([{ outcome: "SUCCEEDED", targetUserId: tenant.taro.id }, { outcome: "REFUSED", code: "NOT_DEAD" }]);
  });

  it("and never will be, is given up at once", async () => {
    mailer.fails = "FOR_GOOD";
    await write({ to: "HOLDER" });
    await deliverNotices(house.desk);
    expect(await one()).toMatchObject({ state: "DEAD", tries: 1, lastError: "550 no such user" });
  });

  it("doesn't hold up the others", async () => {
    mailer.fails = "NOW";
    await write();
    await deliverNotices(house.desk);
    mailer.fails = "NEVER";
    await write({ to: "HOLDER" });
    expect(await deliverNotices(house.desk)).toBe(1);
  });
});

describe("several workers", () => {
  it("send each notice once where none of them dies", async () => {
    for (let made = 0; made < 15; made++) await write();
    await Promise.all(Array.from({ length: 5 }, async () => {
      for (let more = 1; more > 0; ) more = await deliverNotices(house.desk);
    }));
    await deliverNotices(house.desk);
    expect(mailer.sent).toHaveLength(30);
    expect(new Set(mailer.sent.map(({ id }) => id)).size).toBe(30);
  });

  it("give one up that nobody who took it ever came back from", async () => {
    await write({ to: "HOLDER" });
    const { id } = (await one()) ?? { id: "" };
    await house.db.transaction((tx) => tx.update(Notice, { id }, { claimedUntil: later(THE_MORNING, -1), tries: 8 }));
    await deliverNotices();
    expect(await one()).toMatchObject({ state: "DEAD", lastError: "no worker that took it came back" });
    expect(mailer.sent).toEqual([]);
  });

  it("claim nothing that was sent or given up meanwhile", async () => {
    await write({ to: "HOLDER" });
    const { id } = (await one()) ?? { id: "" };
    // As if it was sent by another between the look at what is due and the claim.
    const late = { ...house.desk, db: Object.assign(Object.create(house.db) as typeof house.db, {
      reads: Object.assign(Object.create(house.db.reads) as typeof house.db.reads, {
        query: async (text: string, params: unknown[]) => {
          const due: unknown = await house.db.reads.query(text, params);
          if (text.includes("n.next_try_at")) await house.db.transaction((tx) => tx.update(Notice, { id }, { state: "SENT", sentAt: THE_MORNING }));
          return due;
        },
      }),
    }) };
    await deliver(late);
    expect(mailer.sent).toEqual([]);
    expect(await one()).toMatchObject({ state: "SENT", tries: 0 });
  });

  it("that come back after their time change nothing of what another did", async () => {
    await write({ to: "HOLDER" });
    const { id } = (await one()) ?? { id: "" };
    const slow = { ...house.desk, mailer: { ...mailer, close: () => undefined, send: async () => {
      await house.db.transaction((tx) => tx.update(Notice, { id }, { claimedUntil: later(THE_MORNING, 5 * MINUTE), tries: 2 })); // another has taken it
      throw new Error("too slow");
    } } };
    await deliver(slow);
    expect(await one()).toMatchObject({ state: "QUEUED", tries: 2, claimedUntil: later(THE_MORNING, 5 * MINUTE), lastError: null });
  });

  it("are told where more is due than one round takes", async () => {
    for (let made = 0; made < 20; made++) await write();
    expect(await deliver(house.desk)).toEqual({ sent: 40, isMoreDue: true });
    expect(await deliver(house.desk)).toEqual({ sent: 0, isMoreDue: false });
  });

  it("take over what a dead one had claimed, once its time is over", async () => {
    await write({ to: "HOLDER" });
    const { id } = (await one()) ?? { id: "" };
    await house.db.transaction((tx) => tx.update(Notice, { id }, { claimedUntil: later(THE_MORNING, 2 * MINUTE), tries: 1 })); // as it died after sending, or before
    expect(await deliverNotices(house.desk)).toBe(0);
    house.clock.moveTo(later(THE_MORNING, 2 * MINUTE + 1));
    expect(await deliverNotices(house.desk)).toBe(1);
    expect(mailer.sent.map((mail) => mail.id)).toEqual([id]); // the same Message-ID: a second copy can be told
  });
});

describe("an enrollment code by mail", () => {
  beforeEach(() => house.setPolicy({ sendsCodeByMail: true }));
  afterEach(() => house.setPolicy({ sendsCodeByMail: false }));
  const reissue = async (expectedVersion = 1) => reissueCertificate(house.desk, await house.signedIn(tenant.master), { userId: tenant.taro.id, expectedVersion, reason: "LOST" });
  const codeMails = () => mailer.sent.filter(({ text }) => text.includes("取得コード："));

  it("is sealed while it waits, told to its holder alone, and gone from the database once it was sent", async () => {
    const { enrollmentCode } = await reissue();
    expect(enrollmentCode).toBeNull();
    const waiting = (await notices()).find(({ kind }) => kind === "ENROLLMENT_CODE");
    await deliverNotices(house.desk);
    expect(codeMails().map(({ to }) => to)).toEqual(["taro@example.com"]);
    const code = /取得コード：([0-9A-Z-]{19})/.exec(codeMails()[0]?.text ?? "")?.[1] ?? "";
    expect(code).toMatch(/^[0-9A-Z]{4}(-[0-9A-Z]{4}){3}$/);
    expect(waiting?.secret).not.toContain(code);
    expect(JSON.stringify(await house.snapshot()) + JSON.stringify(await house.history())).not.toContain(code);
    expect((await notices()).find(({ kind }) => kind === "ENROLLMENT_CODE")).toMatchObject({ state: "SENT", secret: null });
    for (const other of mailer.sent.filter(({ to }) => to !== "taro@example.com")) expect(other.text).not.toContain(code);
  });

  it("that is worth nothing any more isn't sent again by the desk either", async () => {
    await reissue();
    await reissue(2);
    await deliverNotices();
    const dead = (await notices()).find(({ kind, state }) => kind === "ENROLLMENT_CODE" && state === "DEAD");
    const operator = await house.atTheDesk(await house.anOperator());
    await expect(resendNotice(house.desk, operator, { noticeId: dead?.id ?? "" })).rejects.toMatchObject({ code: "ENROLLMENT_CODE_DEAD" });
  });

  it.each([[1, 0], [0, 1]])("%d ms after its deadline is worth nothing: %d mails", async (afterDeadline, mails) => {
    const { successor } = await reissue();
    house.clock.moveTo(later(successor.enrollmentDeadline ?? THE_MORNING, afterDeadline));
    await deliverNotices();
    expect(codeMails()).toHaveLength(mails);
  });

  it("of a certificate that was revoked meanwhile isn't sent", async () => {
    const { successor } = await reissue();
    await revokeCertificate(house.desk, await house.signedIn(tenant.master), { certificateId: successor.id, reason: "SUPERSEDED" });
    await deliverNotices();
    expect(codeMails()).toEqual([]);
  });

  it("that died meanwhile isn't sent any more", async () => {
    await reissue();
    await reissue(2);
    await deliverNotices(house.desk);
    expect(codeMails()).toHaveLength(1);
    expect((await notices()).filter(({ kind }) => kind === "ENROLLMENT_CODE").map(({ state, secret }) => [state, secret])).toEqual([["DEAD", null], ["SENT", null]]);
  });
});
