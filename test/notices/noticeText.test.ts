import { noticeKinds } from "../../src/notices/Notice.js";
import { noticeText, type NoticeContents } from "../../src/notices/noticeText.js";

const contents: NoticeContents = {
  bankName: "証明信用金庫", contractName: "カシマイ", secret: null, createdAt: new Date("2026-11-24T01:05:00.000Z"),
  facts: {
    loginId: "keir002", displayName: "経理担当役席者", by: "keir001", reason: "LOST", enrollmentDeadline: "2027-02-12T14:59:59.999Z", serialNumber: "40d3f10e",
    notAfter: "2027-11-24T01:05:00.000Z", revokedAt: "2026-11-24T01:05:00.000Z", kinds: ["LOGIN", "APPROVAL"], changes: ["APPROVER", "AD_HOC_ON"], address: "192.0.2.1",
    ended: "2026-11-24T01:05:00.000Z", powersHeld: "2026-11-24T01:05:00.000Z",
  },
};

describe.each(noticeKinds)("the mail of %s", (kind) => {
  const { subject, text } = noticeText(kind, contents);

  it("is Japanese, says who and when in Japan time, and what to do where one knows nothing of it", () => {
    expect(subject).toMatch(/^【証明信用金庫】(お客様ID)?[^\x00-\x7f]+$/);
    expect(text).toContain("カシマイ 様");
    expect(text).toContain("お客様ID：keir002（経理担当役席者）");
    expect(text).toContain("日時：2026年11月24日 10:05");
    const isReminder = kind === "CERTIFICATE_ENDING" || kind === "ENROLLMENT_UNFINISHED"; // nobody did anything
    expect(text.includes("ただちに管理者または当金庫へご連絡ください")).toBe(!isReminder);
  });

  it("has no link, no gap where a fact is missing, and no word that is a code's", () => {
    expect(text).not.toMatch(/https?:|www\.|undefined|null|NaN|Invalid/);
    const { text: bare } = noticeText(kind, { ...contents, facts: { loginId: "keir002", displayName: "経理" } });
    expect(bare).not.toMatch(/undefined|null|NaN|Invalid/);
    for (const code of ["LOST", "APPROVER", "AD_HOC_ON", "LOGIN", "APPROVAL"]) expect(text).not.toContain(code);
  });
});

it("a reissue's says what becomes of the old one, and of the powers", () => {
  expect(noticeText("CERTIFICATE_REISSUED", contents).text).toMatch(/理由：紛失\n.*取得期限：2027年2月12日 23:59\n.*ただちに失効しました。\n承認と都度振込のご利用は、管理者が再開するまで保留されます。/s);
  const kept = noticeText("CERTIFICATE_REISSUED", { ...contents, facts: { ...contents.facts, keptUntil: "2026-12-01T01:00:00.000Z", powersHeld: null } }).text;
  expect(kept).toContain("遅くとも2026年12月1日 10:00まで利用できます");
  expect(kept).not.toContain("ただちに失効");
  expect(kept).not.toContain("保留");
});

it("a first certificate's says nothing of an old one, and of no powers where there are none", () => {
  const { text } = noticeText("CERTIFICATE_REISSUED", { ...contents, facts: { ...contents.facts, ended: null, powersHeld: null } });
  expect(text).not.toMatch(/これまでの電子証明書|保留/);
});

it("a code stands in its own mail alone", () => {
  const secret = "ABCD-EFGH-JKMN-PQRS";
  for (const kind of noticeKinds) expect([kind, noticeText(kind, { ...contents, secret }).text.includes(secret)]).toEqual([kind, kind === "ENROLLMENT_CODE"]);
});
