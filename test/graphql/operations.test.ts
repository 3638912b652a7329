import type { FastifyInstance } from "fastify";
import { parse, validate } from "graphql";
import { BankHoliday, ClosedDay } from "../../src/calendar/ClosedDays.js";
import { replaceHolidays } from "../../src/calendar/loadHolidays.js";
import { readHolidayFile } from "../../src/calendar/readHolidayFile.js";
import { Certificate } from "../../src/certificates/Certificate.js";
import type { ApprovalRequest } from "../../src/desk/ApprovalRequest.js";
import { requestReissue } from "../../src/desk/requestReissue.js";
import { japaneseHolidays } from "../../src/demo/demoCalendar.js";
import { DAY, later } from "../../src/foundation/clock.js";
import { newId } from "../../src/foundation/ids.js";
import { raiseAlert } from "../../src/history/Alert.js";
import { Notice } from "../../src/notices/Notice.js";
import { globalId } from "../../src/graphql/globalId.js";
import { houseSchema } from "../../src/graphql/schema.js";
import type { UsageRecord } from "../../src/history/UsageRecord.js";
import { savedOperations, tasks } from "../../src/http/savedOperations.js";
import { Contract } from "../../src/identity/Contract.js";
import { Password } from "../../src/identity/Password.js";
import { User } from "../../src/identity/User.js";
import { whyNever } from "../../src/policy/authorize.js";
import { deeds } from "../../src/policy/deeds.js";
import { anotherBank } from "../support/Counter.js";
import type { Company } from "../../src/users/Company.js";
import { aCompany } from "../support/aCompany.js";
import { aCsr } from "../support/csr.js";
import { codes, graphql, type Answer } from "../support/graphql.js";
import { House, PASSWORD, THE_MORNING, type Caller, type DeskCaller, type Tenant } from "../support/House.js";

let house: House;
let door: FastifyInstance;
let at: Scene;

/** Our contract: Taro holds an active certificate, Hana is to acquire hers. Another contract, a stranger to ours. */
interface Scene {
  ours: Tenant;
  theirs: Tenant;
  master: Caller;
  taro: Caller;
  hana: Caller;
  stranger: Caller;
  /** Of the bank of both. */
  operator: DeskCaller;
  colleague: DeskCaller;
  /** Of another bank. */
  elsewhere: DeskCaller;
  /** Another contract of the bank, stopped by its Master. */
  stopped: Tenant;
  /** Of a third contract, in a session by a certificate that ends soon. */
  renewing: { caller: Caller; certificate: Certificate };
  /** The operator's, for the reissue of our Master's certificate. */
  request: ApprovalRequest;
  /** Of our contract. */
  company: Company;
  tarosCertificate: Certificate;
  /** About it; and a mail to Taro that was given up. */
  alertId: string;
  noticeId: string;
  hanasCertificate: Certificate & { enrollmentCode: string };
}

beforeAll(async () => {
  house = await House.open();
  door = await house.door(undefined, { proxies: { loopback: true, certificates: new Set() } });
});
afterAll(async () => {
  await door.close();
  await house.close();
});

let untouched: { at: Scene; snapshot: string } | undefined;

// Most of these tests change nothing, and then the next one may have the same scene.
beforeEach(async () => {
  house.clock.moveTo(THE_MORNING);
  if (untouched?.snapshot !== JSON.stringify(await house.snapshot())) {
    await house.clear();
    untouched = { at: await aScene(), snapshot: JSON.stringify(await house.snapshot()) };
  }
  at = untouched.at;
});

async function aScene(): Promise<Scene> {
  const [ours, theirs] = [await house.aTenant(), await house.aTenant()];
  await house.db.transaction(async (tx) => {
    await tx.clear(BankHoliday);
    await replaceHolidays(tx, house.bank, readHolidayFile(japaneseHolidays()), house.clock.now());
    await tx.insert(ClosedDay, { contractId: ours.contract.id, day: "2028-01-04", name: "仕事始めの前" });
  });
  const [operator, foreigner] = [await house.atTheDesk(await house.anOperator()), await house.anOperator(await anotherBank(house))];
  const stopped = await house.aTenant();
  const renewing = await aRenewer();
  const tarosCertificate = await house.aCertificate(ours.taro);
  await house.db.transaction(async (tx) => {
    await tx.update(Contract, { id: stopped.contract.id }, { stoppedAt: THE_MORNING, version: 2 });
    await tx.update(Password, { userId: ours.master.id, kind: "REGISTRATION" }, { tries: 6, lockedAt: THE_MORNING });
  });
  return {
    ours,
    theirs,
    master: await house.signedIn(ours.master),
    taro: await house.signedIn(ours.taro),
    hana: await house.signedIn(ours.hana),
    stranger: await house.signedIn(theirs.master),
    operator,
    colleague: await house.atTheDesk(await house.anOperator()),
    elsewhere: await house.atTheDesk(foreigner),
    stopped,
    renewing,
    tarosCertificate,
    alertId: await anAlert(ours.taro, tarosCertificate.id),
    noticeId: await aDeadNotice(ours.taro),
    company: await aCompany(house, ours.contract),
    hanasCertificate: await house.aCertificate(ours.hana, "PENDING"),
    request: await requestReissue(house.desk, operator, { userId: ours.master.id, expectedVersion: 1, reason: "DEVICE_BROKEN" }),
  };
}

async function aRenewer(): Promise<Scene["renewing"]> {
  const { taro } = await house.aTenant({ signInMethod: "CERTIFICATE" });
  const certificate = await house.aCertificate(taro);
  await house.db.transaction((tx) => tx.update(Certificate, { id: certificate.id }, { notAfter: later(THE_MORNING, 20 * DAY) }));
  return { caller: await house.signedIn(taro, { boundTo: certificate.fingerprint }), certificate };
}

const operations = new Map(savedOperations().map(({ name, query }) => [name, query]));
const send = (name: string, by: Caller | DeskCaller | string | null, variables: object) => {
  const presented = by === at.renewing.caller ? at.renewing.certificate.x509 : null;
  return graphql(door, by, operations.get(name) ?? "", variables, presented ? { "client-cert": `:${presented.toString("base64")}:` } : {});
};

async function anAlert({ id: userId, contractId, bankId }: User, certificateId: string): Promise<string> {
  const alarm = { kind: "REISSUE_REPEATED", holder: { userId, contractId, bankId }, certificateId, evidence: { reissues: 2 } } as const;
  await house.db.transaction((tx) => raiseAlert(tx, alarm, THE_MORNING));
  const [row]: { id: string }[] = await house.db.reads.query("SELECT id FROM alerts WHERE contract_id = ?", [contractId]);
  return row?.id ?? "";
}

async function aDeadNotice({ id: userId, contractId, bankId }: User): Promise<string> {
  const id = newId(THE_MORNING);
  await house.db.transaction((tx) => tx.insert(Notice, {
    id, bankId, contractId, userId, recipientId: userId, mailAddress: "taro@example.com", kind: "PASSWORDS_CHANGED", facts: "{}", secret: null, occasion: null,
    certificateId: null, state: "DEAD", tries: 8, nextTryAt: THE_MORNING, claimedUntil: null, lastError: "connection refused", createdAt: THE_MORNING, sentAt: null,
  }));
  return id;
}

/** What one caller is to see: at least this in `data`; or why it is refused, in either channel. */
type Expected =
  | { data: object }
  | { userError: string }
  | { error: string; reason?: string };

interface Line {
  /** What makes it possible, where the scene doesn't. */
  given?: () => Promise<unknown>;
  variables: () => object;
  rightful: { by: () => Caller | DeskCaller | null; sees: () => object };
  nobody: () => Expected;
  /** Hana, unless said otherwise: of the same contract, not the one the operation is about. */
  publicId: { by?: () => Caller; gets: () => Expected };
  /** A Master of the other contract, with our ids in its hands. */
  stranger: { variables?: () => object; gets: () => Expected };
  /** What whoever isn't the rightful caller may change by it, of its own: tables that are not compared. */
  changes?: string[];
  enrollee: () => Expected;
  /** One of the bank's own staff. Unsaid: what the rulebook says of it, or whatever a query gives. */
  staff?: { by?: () => DeskCaller; variables?: () => object; gets: () => Expected };
  /** One of another bank's, with our ids in its hands. Unsaid: the same. */
  elsewhere?: { variables?: () => object; gets: () => Expected; changes?: string[] };
}

const UNAUTHENTICATED = (): Expected => ({ error: "UNAUTHENTICATED", reason: "NOBODY" });
const user = (caller: Caller) => globalId("User", caller.userId);
const operator = (caller: DeskCaller) => globalId("BankOperator", caller.userId);
const contract = ({ contract: { id } }: Tenant) => globalId("Contract", id);
const master = () => globalId("User", at.ours.master.id);
const BANK_ONLY = {
  nobody: UNAUTHENTICATED,
  publicId: { gets: () => ({ userError: "BANK_ONLY" }) },
  stranger: { gets: () => ({ userError: "BANK_ONLY" }) },
  enrollee: () => ({ userError: "CERTIFICATE_REQUIRED" }),
};
/** Of a Public ID that isn't Hana. */
const MASTERS_ONLY = {
  nobody: UNAUTHENTICATED,
  publicId: { gets: () => ({ userError: "MASTER_ONLY" }) },
  stranger: { gets: () => ({ userError: "NOT_FOUND" }) },
  enrollee: () => ({ userError: "CERTIFICATE_REQUIRED" }),
};
const FOUND_BY_ITS_BANK_ONLY = { gets: () => ({ userError: "NOT_FOUND" }) };
const theLastPage = { hasNextPage: false };
const THE_MENU = [
  { code: "ID_MAINTENANCE", label: "IDメンテナンス" }, { code: "ID_UNLOCK", label: "IDロック解除" }, { code: "CALENDAR", label: "カレンダー管理" },
  { code: "USAGE_HISTORY", label: "利用履歴照会" }, { code: "CONTRACT_STOP", label: "WEB-FB取引停止" },
];
/** An edit form of which nothing is filled in but the name. */
const OF_NOTHING_ELSE = { adHocTransferEnabled: false, adHocTransferLimit: null, forcePasswordChange: false, passwordMaxAgeDays: null, passwordWarnDays: null };

const table: Record<string, Line> = {
  "01-sign-in": {
    variables: () => signInAs(at.taro.loginId),
    rightful: {
      by: () => null,
      sees: () => ({
        signIn: {
          sessionToken: expect.stringMatching(/^[\w-]{43}$/) as string, userErrors: [],
          viewer: { mayOnlyEnroll: false, user: { id: user(at.taro) }, contract: { id: globalId("Contract", at.ours.contract.id), bankCode: "5120" } },
        },
      }),
    },
    nobody: () => ({ data: { signIn: { viewer: { user: { id: user(at.taro) } } } } }),
    publicId: { gets: () => ({ data: { signIn: { viewer: { user: { id: user(at.taro) } } } } }) }, // whoever knows the password
    stranger: { variables: () => signInAs(at.master.loginId, "Wrong-pass-1"), gets: () => ({ userError: "SIGN_IN_FAILED" }) },
    changes: ["passwords", "sessions", "users", "contracts"], // the last two say when somebody last signed in
    enrollee: () => ({ userError: "SIGN_IN_FAILED" }),
    staff: { gets: () => ({ data: { signIn: { viewer: { user: { id: user(at.taro) } } } } }) },
    elsewhere: { variables: () => signInAs(at.master.loginId, "Wrong-pass-1"), gets: () => ({ userError: "SIGN_IN_FAILED" }) },
  },
  "02-viewer": {
    variables: () => ({}),
    rightful: { by: () => at.master, sees: () => ({ viewer: { user: { id: user(at.master), kind: "MASTER", authority: null }, signedInAt: THE_MORNING.toISOString(), passwordsDue: null, menu: THE_MENU } }) },
    nobody: () => ({ data: { viewer: null } }),
    publicId: { gets: () => ({ data: { viewer: { menu: [], user: { id: user(at.hana), certificate: { status: "PENDING" } } } } }) },
    stranger: { gets: () => ({ data: { viewer: { user: { id: user(at.stranger) } } } }) },
    enrollee: () => ({ data: { viewer: { mayOnlyEnroll: true, user: { id: user(at.hana), certificate: { status: "PENDING" } } } } }),
    staff: { gets: () => ({ data: { viewer: null } }) },
    elsewhere: { gets: () => ({ data: { viewer: null } }) },
  },
  "03-users": {
    variables: () => ({ first: 20, filter: { text: "" } }),
    rightful: {
      by: () => at.master,
      sees: () => ({
        users: {
          totalCount: 3,
          pageInfo: theLastPage,
          nodes: [
            { id: user(at.hana), viewerCanReissueCertificate: true, viewerCannotReissueCertificateReasons: [], certificate: { status: "PENDING" } },
            { id: user(at.master), viewerCanReissueCertificate: false, viewerCannotReissueCertificateReasons: ["OWN_CERTIFICATE"], certificate: null },
            { id: user(at.taro), viewerCanReissueCertificate: true, certificate: { serialNumber: at.tarosCertificate.serialNumber } },
          ],
        },
      }),
    },
    nobody: UNAUTHENTICATED,
    publicId: {
      gets: () => ({
        data: {
          users: {
            totalCount: 1,
            nodes: [{ id: user(at.hana), viewerCanReissueCertificate: false, viewerCannotReissueCertificateReasons: ["MASTER_ONLY"] }],
          },
        },
      }),
    },
    stranger: { gets: () => ({ data: { users: { totalCount: 3 } } }) },
    enrollee: () => ({ data: { users: { totalCount: 1, nodes: [{ id: user(at.hana), viewerCannotReissueCertificateReasons: ["CERTIFICATE_REQUIRED"] }] } } }),
    staff: {
      variables: () => ({ filter: { contractId: contract(at.ours) } }),
      gets: () => ({
        data: {
          users: {
            totalCount: 3,
            nodes: [
              { id: user(at.hana), viewerCanReissueCertificate: false, viewerCannotReissueCertificateReasons: ["MASTER_ONLY"] },
              { id: user(at.master), viewerCanReissueCertificate: false, viewerCannotReissueCertificateReasons: ["APPROVAL_REQUIRED"] },
              { id: user(at.taro), viewerCanReissueCertificate: false, viewerCannotReissueCertificateReasons: ["MASTER_ONLY"] },
            ],
          },
        },
      }),
    },
    elsewhere: { variables: () => ({ filter: { contractId: contract(at.ours) } }), gets: () => ({ data: { users: { totalCount: 0, nodes: [] } } }) },
  },
  "04-user": {
    variables: () => ({ id: user(at.taro) }),
    rightful: {
      by: () => at.master,
      sees: () => ({
        user: {
          loginId: at.taro.loginId, version: 1, status: "ACTIVE", companies: [], ...OF_NOTHING_ELSE,
          passwords: [{ kind: "LOGIN", isLocked: false, due: null, expiresAt: null }, { kind: "REGISTRATION", isLocked: false, due: null, expiresAt: null }],
          certificate: { status: "ACTIVE", id: globalId("Certificate", at.tarosCertificate.id) },
          certificates: { nodes: [{ serialNumber: at.tarosCertificate.serialNumber, revokedAt: null }] },
        },
      }),
    },
    nobody: UNAUTHENTICATED,
    publicId: { gets: () => ({ data: { user: null } }) },
    stranger: { gets: () => ({ data: { user: null } }) },
    enrollee: () => ({ data: { user: null } }),
    staff: { gets: () => ({ data: { user: { loginId: at.taro.loginId, certificate: { status: "ACTIVE" } } } }) },
    elsewhere: { gets: () => ({ data: { user: null } }) },
  },
  "05-reissue-certificate": {
    variables: () => ({ input: { userId: user(at.taro), expectedVersion: 1, reason: "DEVICE_BROKEN" } }),
    rightful: {
      by: () => at.master,
      sees: () => ({
        reissueCertificate: {
          message: `お客様IDの変更が終了しました。このお客様IDは「${at.taro.loginId}」です。`,
          enrollmentCode: expect.stringMatching(/^[0-9A-Z]{4}(-[0-9A-Z]{4}){3}$/) as string,
          user: { id: user(at.taro), version: 2 },
          certificate: { status: "PENDING", enrollmentDeadline: "2027-02-12T14:59:59.999Z" },
          revokedCertificate: { serialNumber: at.tarosCertificate.serialNumber, status: "REVOKED", revocationReason: "SUPERSEDED" },
          userErrors: [],
        },
      }),
    },
    nobody: UNAUTHENTICATED,
    publicId: { gets: () => ({ userError: "MASTER_ONLY" }) },
    stranger: { gets: () => ({ userError: "NOT_FOUND" }) },
    enrollee: () => ({ userError: "CERTIFICATE_REQUIRED" }),
    staff: { gets: () => ({ userError: "MASTER_ONLY" }) }, // a Public ID's isn't the bank's to do
    elsewhere: FOUND_BY_ITS_BANK_ONLY,
  },
  "06-enroll-certificate": {
    variables: () => ({ input: { csr: aCsr().pem, enrollmentCode: at.hanasCertificate.enrollmentCode } }),
    rightful: {
      by: () => at.hana,
      sees: () => ({
        enrollCertificate: {
          certificate: {
            status: "ACTIVE", serialNumber: at.hanasCertificate.serialNumber, subject: expect.stringContaining(at.hana.loginId) as string,
            pem: expect.stringMatching(/^-----BEGIN CERTIFICATE-----\n/) as string, fingerprintSha256: expect.stringMatching(/^[0-9a-f]{64}$/) as string,
          },
          chain: [expect.stringContaining("BEGIN CERTIFICATE"), expect.stringContaining("BEGIN CERTIFICATE")],
          userErrors: [],
        },
      }),
    },
    nobody: UNAUTHENTICATED,
    publicId: { by: () => at.taro, gets: () => ({ userError: "ALREADY_ENROLLED" }) }, // its own, never Hana's
    stranger: { gets: () => ({ userError: "NO_CERTIFICATE" }) },
    enrollee: () => ({ data: { enrollCertificate: { certificate: { status: "ACTIVE" }, userErrors: [] } } }),
  },
  "07-revoke-certificate": {
    variables: () => ({ input: { certificateId: globalId("Certificate", at.tarosCertificate.id), reason: "KEY_COMPROMISE" } }),
    rightful: {
      by: () => at.master,
      sees: () => ({
        revokeCertificate: {
          user: { id: user(at.taro), version: 2 },
          certificate: { status: "REVOKED", revocationReason: "KEY_COMPROMISE", revokedAt: THE_MORNING.toISOString() },
          userErrors: [],
        },
      }),
    },
    nobody: UNAUTHENTICATED,
    publicId: { gets: () => ({ userError: "MASTER_ONLY" }) },
    stranger: { gets: () => ({ userError: "NOT_FOUND" }) },
    enrollee: () => ({ userError: "CERTIFICATE_REQUIRED" }),
    staff: { gets: () => ({ data: { revokeCertificate: { user: { version: 2 }, certificate: { status: "REVOKED" }, userErrors: [] } } }) },
    elsewhere: FOUND_BY_ITS_BANK_ONLY,
  },
  "08-certificate": {
    variables: () => ({ serialNumber: at.tarosCertificate.serialNumber }),
    rightful: {
      by: () => at.master,
      sees: () => ({
        certificate: {
          status: "ACTIVE", holder: { id: user(at.taro) }, predecessor: null, successor: null,
          fingerprintSha256: at.tarosCertificate.fingerprint, notAfter: at.tarosCertificate.notAfter?.toISOString(),
          lastDayToAct: "2027-11-22", // the 24th isn't whole, the 23rd a holiday
        },
      }),
    },
    nobody: UNAUTHENTICATED,
    publicId: { gets: () => ({ data: { certificate: null } }) },
    stranger: { gets: () => ({ data: { certificate: null } }) },
    enrollee: () => ({ data: { certificate: null } }),
    staff: { gets: () => ({ data: { certificate: { status: "ACTIVE", holder: { id: user(at.taro) } } } }) },
    elsewhere: { gets: () => ({ data: { certificate: null } }) },
  },
  "09-certificates": {
    variables: () => ({ first: 20, filter: { status: ["PENDING", "ACTIVE"] } }),
    rightful: {
      by: () => at.master,
      sees: () => ({
        certificates: {
          totalCount: 2,
          edges: [{ node: { status: "PENDING", holder: { id: user(at.hana) } } }, { node: { status: "ACTIVE", holder: { id: user(at.taro) } } }],
        },
      }),
    },
    nobody: UNAUTHENTICATED,
    publicId: { gets: () => ({ data: { certificates: { totalCount: 1, edges: [{ node: { serialNumber: at.hanasCertificate.serialNumber } }] } } }) },
    stranger: { gets: () => ({ data: { certificates: { totalCount: 0, edges: [], pageInfo: { endCursor: null } } } }) },
    enrollee: () => ({ data: { certificates: { totalCount: 1, edges: [{ node: { serialNumber: at.hanasCertificate.serialNumber } }] } } }),
    staff: {
      variables: () => ({ filter: { userId: user(at.taro) } }),
      gets: () => ({ data: { certificates: { totalCount: 1, edges: [{ node: { serialNumber: at.tarosCertificate.serialNumber } }] } } }),
    },
    elsewhere: { gets: () => ({ data: { certificates: { totalCount: 0, edges: [] } } }) },
  },
  "10-usage-history": {
    variables: () => ({ first: 20, filter: { targetUserId: user(at.taro), outcome: ["SUCCEEDED"] } }),
    rightful: {
      by: () => at.master,
      sees: () => ({
        usageHistory: { pageInfo: theLastPage, nodes: [{ action: "CERTIFICATE_ENROLL", outcome: "SUCCEEDED", targetUserId: user(at.taro), at: THE_MORNING.toISOString() }] },
      }),
    },
    nobody: UNAUTHENTICATED,
    publicId: { gets: () => ({ data: { usageHistory: { nodes: [], pageInfo: { endCursor: null } } } }) },
    stranger: { gets: () => ({ data: { usageHistory: { nodes: [], pageInfo: { endCursor: null } } } }) },
    enrollee: () => ({ data: { usageHistory: { nodes: [], pageInfo: { endCursor: null } } } }),
    staff: { gets: () => ({ data: { usageHistory: { nodes: [{ action: "CERTIFICATE_ENROLL", targetUserId: user(at.taro) }] } } }) },
    elsewhere: { gets: () => ({ data: { usageHistory: { nodes: [] } } }) },
  },
  "11-node": {
    variables: () => ({ id: globalId("Certificate", at.tarosCertificate.id) }),
    rightful: { by: () => at.master, sees: () => ({ node: { serialNumber: at.tarosCertificate.serialNumber, status: "ACTIVE" } }) },
    nobody: UNAUTHENTICATED,
    publicId: { gets: () => ({ data: { node: null } }) },
    stranger: { gets: () => ({ data: { node: null } }) },
    enrollee: () => ({ data: { node: null } }),
    staff: { gets: () => ({ data: { node: { serialNumber: at.tarosCertificate.serialNumber } } }) },
    elsewhere: { gets: () => ({ data: { node: null } }) },
  },
  "12-sign-out": {
    variables: () => ({}),
    rightful: { by: () => at.master, sees: () => ({ signOut: { userErrors: [] } }) },
    nobody: UNAUTHENTICATED,
    publicId: { gets: () => ({ data: { signOut: { userErrors: [] } } }) },
    stranger: { gets: () => ({ data: { signOut: { userErrors: [] } } }) },
    changes: ["sessions", "operator_sessions"], // the caller's own; see "a sign-out ends the caller's session alone"
    enrollee: () => ({ data: { signOut: { userErrors: [] } } }),
    staff: { gets: () => ({ data: { signOut: { userErrors: [] } } }) },
    elsewhere: { gets: () => ({ data: { signOut: { userErrors: [] } } }) },
  },
  "13-register-user": {
    variables: () => ({
      input: {
        loginId: theNewId(), displayName: "経理担当者", authority: "OPERATOR", companyIds: [globalId("Company", at.company.id)],
        newLoginPassword: "Hajimete-1", newLoginPasswordConfirmation: "Hajimete-1", newRegistrationPassword: "Hajimete-2", newRegistrationPasswordConfirmation: "Hajimete-2",
      },
    }),
    rightful: {
      by: () => at.master,
      sees: () => ({
        registerUser: {
          message: `お客様IDの登録が終了しました。このお客様IDは「${theNewId()}」です。`,
          enrollmentCode: expect.stringMatching(/^[0-9A-Z]{4}(-[0-9A-Z]{4}){3}$/) as string,
          user: {
            loginId: theNewId(), version: 1, displayName: "経理担当者", kind: "PUBLIC", authority: "OPERATOR", status: "ACTIVE", ...OF_NOTHING_ELSE,
            passwords: [{ kind: "LOGIN", due: "INITIAL" }, { kind: "REGISTRATION", due: "INITIAL" }], companies: [{ code: "0010000001" }],
          },
          certificate: { status: "PENDING", enrollmentDeadline: "2027-02-12T14:59:59.999Z", lastDayToAct: "2027-02-12" },
          userErrors: [],
        },
      }),
    },
    nobody: UNAUTHENTICATED,
    publicId: { gets: () => ({ userError: "MASTER_ONLY" }) },
    stranger: { gets: () => ({ userError: "NOT_FOUND" }) }, // our company
    enrollee: () => ({ userError: "CERTIFICATE_REQUIRED" }),
  },
  "14-update-user": {
    variables: () => ({
      input: {
        userId: user(at.taro), expectedVersion: 1, displayName: "経理担当役席者", authority: "OPERATOR", adHocTransferEnabled: true, adHocTransferLimit: 300,
        newTransferPassword: "Soushin-1", newTransferPasswordConfirmation: "Soushin-1", forcePasswordChange: true, passwordMaxAgeDays: 90, passwordWarnDays: 14,
        certificateAction: "REISSUE", reissueReason: "DEVICE_BROKEN", companyIds: [globalId("Company", at.company.id)], note: "異動のため",
      },
    }),
    rightful: {
      by: () => at.master,
      sees: () => ({
        updateUser: {
          message: `お客様IDの変更が終了しました。このお客様IDは「${at.taro.loginId}」です。`,
          enrollmentCode: expect.stringMatching(/^[0-9A-Z]{4}(-[0-9A-Z]{4}){3}$/) as string,
          user: {
            id: user(at.taro), version: 2, loginId: at.taro.loginId, displayName: "経理担当役席者", authority: "OPERATOR", status: "ACTIVE",
            adHocTransferEnabled: true, adHocTransferLimit: 300, forcePasswordChange: true, passwordMaxAgeDays: 90, passwordWarnDays: 14,
            passwords: [
              { kind: "LOGIN", due: "FORCED", expiresAt: "2027-02-22T14:59:59.999Z" }, { kind: "REGISTRATION", due: "FORCED" }, { kind: "TRANSFER", due: "INITIAL" },
            ],
            companies: [{ id: globalId("Company", at.company.id), code: "0010000001" }],
          },
          certificate: { status: "PENDING", enrollmentDeadline: "2027-02-12T14:59:59.999Z", notAfter: null, revokedAt: null },
          revokedCertificate: { serialNumber: at.tarosCertificate.serialNumber, status: "REVOKED", revocationReason: "SUPERSEDED" },
          changesMeanwhile: null,
          userErrors: [],
        },
      }),
    },
    nobody: UNAUTHENTICATED,
    publicId: { gets: () => ({ userError: "MASTER_ONLY" }) },
    stranger: { gets: () => ({ userError: "NOT_FOUND" }) },
    enrollee: () => ({ userError: "CERTIFICATE_REQUIRED" }),
  },
  "15-deregister-user": {
    ...MASTERS_ONLY,
    variables: () => ({ input: { userId: user(at.taro), expectedVersion: 1 } }),
    rightful: {
      by: () => at.master,
      sees: () => ({
        deregisterUser: {
          message: expect.stringContaining(at.taro.loginId) as string,
          user: { id: user(at.taro), version: 2, status: "DEREGISTERED" },
          revokedCertificate: { serialNumber: at.tarosCertificate.serialNumber, status: "REVOKED", revocationReason: "CESSATION_OF_OPERATION" },
          userErrors: [],
        },
      }),
    },
  },
  "16-suspend-user": {
    ...MASTERS_ONLY,
    variables: () => ({ input: { userId: user(at.taro) } }),
    rightful: { by: () => at.master, sees: () => ({ suspendUser: { user: { id: user(at.taro), version: 2, status: "SUSPENDED" }, userErrors: [] } }) },
  },
  "17-resume-user": {
    ...MASTERS_ONLY,
    given: () => house.db.transaction((tx) => tx.update(User, { id: at.taro.userId }, { suspendedAt: THE_MORNING })),
    variables: () => ({ input: { userId: user(at.taro), expectedVersion: 1 } }),
    rightful: { by: () => at.master, sees: () => ({ resumeUser: { user: { id: user(at.taro), version: 2, status: "ACTIVE" }, userErrors: [] } }) },
  },
  "18-unlock-user": {
    ...MASTERS_ONLY,
    given: () => house.db.transaction((tx) => tx.update(Password, { userId: at.taro.userId, kind: "LOGIN" }, { tries: 6, lockedAt: THE_MORNING })),
    variables: () => ({ input: { userId: user(at.taro), expectedVersion: 1, passwordKind: "LOGIN" } }),
    rightful: {
      by: () => at.master,
      sees: () => ({
        unlockUser: { user: { id: user(at.taro), version: 2, status: "ACTIVE", passwords: [{ kind: "LOGIN", isLocked: false }, { kind: "REGISTRATION" }] }, userErrors: [] },
      }),
    },
    staff: { gets: () => ({ userError: "MASTER_ONLY" }) }, // a Master's only, and by two
    elsewhere: FOUND_BY_ITS_BANK_ONLY,
  },
  "19-stop-contract": {
    variables: () => ({ input: { note: "不審な画面が表示されたため" } }),
    rightful: {
      by: () => at.master,
      sees: () => ({ stopContract: { contract: { id: contract(at.ours), version: 2, status: "STOPPED", stoppedAt: THE_MORNING.toISOString() }, userErrors: [] } }),
    },
    nobody: UNAUTHENTICATED,
    publicId: { gets: () => ({ userError: "MASTER_ONLY" }) },
    stranger: { gets: () => ({ data: { stopContract: { contract: { id: contract(at.theirs) }, userErrors: [] } } }) }, // its own
    changes: ["contracts", "users"], // its own Master's version; see "a stop is of the caller's contract alone"
    enrollee: () => ({ userError: "CERTIFICATE_REQUIRED" }),
  },
  "20-calendar": {
    variables: () => ({ from: "2027-12-31", until: "2028-01-04" }),
    rightful: {
      by: () => at.master,
      sees: () => ({
        calendar: {
          years: [{ year: 2027, isKnown: true }, { year: 2028, isKnown: false }],
          days: [
            { date: "2027-12-31", isBusinessDay: false, isWeekend: false, bankHoliday: "銀行休業日", closedDay: null },
            { date: "2028-01-01", isBusinessDay: false, isWeekend: true },
            { date: "2028-01-02", isBusinessDay: false, isWeekend: true },
            { date: "2028-01-03", isBusinessDay: null, isWeekend: false, bankHoliday: null },
            { date: "2028-01-04", isBusinessDay: false, isWeekend: false, bankHoliday: null, closedDay: "仕事始めの前" },
          ],
        },
      }),
    },
    nobody: UNAUTHENTICATED,
    publicId: { gets: () => ({ data: { calendar: { days: { 4: { closedDay: "仕事始めの前" } } } } }) },
    stranger: {
      variables: () => ({ from: "2027-12-31", until: "2028-01-04", contractId: globalId("Contract", at.ours.contract.id) }),
      gets: () => ({ data: { calendar: null } }),
    },
    enrollee: () => ({ data: { calendar: { days: { 4: { closedDay: null } } } } }), // its contract is a new one
  },
  "21-edit-closed-days": {
    variables: () => ({
      input: { add: [{ day: "2026-12-28", name: "創立記念日" }], remove: ["2028-01-04"] }, from: "2026-12-28", until: "2026-12-29",
    }),
    rightful: {
      by: () => at.master,
      sees: () => ({
        editClosedDays: {
          calendar: { days: [{ date: "2026-12-28", isBusinessDay: false, closedDay: "創立記念日" }, { date: "2026-12-29", isBusinessDay: true, closedDay: null }] },
          userErrors: [],
        },
      }),
    },
    nobody: UNAUTHENTICATED,
    publicId: { gets: () => ({ userError: "MASTER_ONLY" }) },
    stranger: { // takes back what only we have
      variables: () => ({ input: { remove: ["2028-01-04"] }, from: "2028-01-04", until: "2028-01-04" }),
      gets: () => ({ data: { editClosedDays: { calendar: { days: [{ closedDay: null }] }, userErrors: [] } } }),
    },
    enrollee: () => ({ userError: "CERTIFICATE_REQUIRED" }),
  },
  "22-load-holidays": {
    variables: () => ({ input: { csv: "国民の祝日・休日月日,国民の祝日・休日名称\r\n2028/1/1,元日\r\n2028/1/10,成人の日\r\n" } }),
    rightful: {
      by: () => at.operator,
      sees: () => ({ loadHolidays: { days: 5, firstDay: "2028-01-01", lastDay: "2028-12-31", userErrors: [] } }),
    },
    nobody: UNAUTHENTICATED,
    publicId: { gets: () => ({ userError: "BANK_ONLY" }) },
    stranger: { gets: () => ({ userError: "BANK_ONLY" }) },
    enrollee: () => ({ userError: "CERTIFICATE_REQUIRED" }),
    elsewhere: { gets: () => ({ data: { loadHolidays: { days: 5, userErrors: [] } } }), changes: ["bank_holidays", "banks"] }, // its own bank's
  },
  "23-change-passwords": {
    variables: () => ({ input: { passwords: [{ kind: "LOGIN", current: PASSWORD, next: "Second-pass-2", confirmation: "Second-pass-2" }] } }),
    rightful: {
      by: () => at.taro,
      sees: () => ({ changePasswords: { user: { id: user(at.taro), version: 2, passwords: [{ kind: "LOGIN", due: null }, { kind: "REGISTRATION" }] }, userErrors: [] } }),
    },
    nobody: UNAUTHENTICATED,
    publicId: { gets: () => ({ data: { changePasswords: { user: { id: user(at.hana), version: 2 }, userErrors: [] } } }) }, // its own, never Taro's
    stranger: { gets: () => ({ data: { changePasswords: { user: { id: user(at.stranger) } } } }) },
    changes: ["users", "passwords", "former_passwords"],
    enrollee: () => ({ userError: "CERTIFICATE_REQUIRED" }),
  },
  "24-reissue-preview": {
    variables: () => ({ userId: user(at.taro) }),
    rightful: {
      by: () => at.master,
      sees: () => ({
        reissuePreview: {
          holder: { id: user(at.taro) }, isLastApprover: true, isOnePending: false, holdsPowers: true, sendsCodeByMail: false, wouldRaise: ["REISSUE_EARLY"],
          endingCertificates: [{ remainingPercent: 99, certificate: { serialNumber: at.tarosCertificate.serialNumber } }],
          endingSessions: [{ signedInAt: THE_MORNING.toISOString(), address: "127.0.0.1" }],
        },
      }),
    },
    nobody: UNAUTHENTICATED,
    publicId: { gets: () => ({ data: { reissuePreview: null } }) },
    stranger: { gets: () => ({ data: { reissuePreview: null } }) },
    enrollee: () => ({ data: { reissuePreview: null } }),
    staff: { variables: () => ({ userId: master() }), gets: () => ({ data: { reissuePreview: { holder: { id: master() }, holdsPowers: false, endingCertificates: [] } } }) },
    elsewhere: { variables: () => ({ userId: master() }), gets: () => ({ data: { reissuePreview: null } }) },
  },
  "25-restore-powers": {
    ...MASTERS_ONLY,
    given: () => house.db.transaction((tx) => tx.update(User, { id: at.taro.userId }, { powersHeldAt: THE_MORNING, powersHeldIn: at.hana.sessionId })),
    variables: () => ({ input: { userId: user(at.taro), expectedVersion: 1 } }),
    rightful: {
      by: () => at.master,
      sees: () => ({
        restorePowers: {
          message: `承認と都度振込の保留を解除しました。このお客様IDは「${at.taro.loginId}」です。`,
          user: { version: 2, powers: { mayApprove: true, mayMakeAdHocTransfers: false, heldSince: null } }, userErrors: [],
        },
      }),
    },
    elsewhere: { gets: () => ({ userError: "MASTER_ONLY" }) },
  },
  "26-user-powers": {
    variables: () => ({ userId: user(at.taro) }),
    rightful: {
      by: () => at.master,
      sees: () => ({ userPowers: { mayApprove: true, mayMakeAdHocTransfers: false, adHocTransferLimit: null, whyNotApprove: [], whyNotTransfer: ["AD_HOC_TRANSFER_OFF"], heldSince: null } }),
    },
    nobody: UNAUTHENTICATED,
    publicId: { gets: () => ({ data: { userPowers: null } }) },
    stranger: { gets: () => ({ data: { userPowers: null } }) },
    enrollee: () => ({ data: { userPowers: null } }),
    staff: { gets: () => ({ data: { userPowers: { mayApprove: true } } }) },
    elsewhere: { gets: () => ({ data: { userPowers: null } }) },
  },
  "27-renew-certificate": {
    variables: () => ({ input: { csr: aCsr().pem } }),
    rightful: {
      by: () => at.renewing.caller,
      sees: () => ({
        renewCertificate: {
          certificate: { status: "ACTIVE", pem: expect.stringMatching(/^-----BEGIN CERTIFICATE-----\n/) as string, predecessor: { serialNumber: at.renewing.certificate.serialNumber, status: "ACTIVE" } }, // until the new one is used, or for ten minutes
          chain: [expect.stringContaining("BEGIN CERTIFICATE"), expect.stringContaining("BEGIN CERTIFICATE")],
          userErrors: [],
        },
      }),
    },
    nobody: UNAUTHENTICATED,
    publicId: { gets: () => ({ userError: "NOT_YET_ACQUIRED" }) },
    stranger: { gets: () => ({ userError: "NO_CERTIFICATE" }) },
    enrollee: () => ({ userError: "CERTIFICATE_REQUIRED" }),
  },
  "28-alerts": {
    variables: () => ({ first: 20, filter: { isAcknowledged: false } }),
    rightful: {
      by: () => at.master,
      sees: () => ({ alerts: { pageInfo: theLastPage, nodes: [{ kind: "REISSUE_REPEATED", times: 1, user: { id: user(at.taro) }, certificate: { id: globalId("Certificate", at.tarosCertificate.id) }, acknowledgements: [] }] } }),
    },
    nobody: UNAUTHENTICATED,
    publicId: { gets: () => ({ data: { alerts: { nodes: [] } } }) },
    stranger: { gets: () => ({ data: { alerts: { nodes: [] } } }) },
    enrollee: () => ({ data: { alerts: { nodes: [] } } }),
    staff: { gets: () => ({ data: { alerts: { nodes: [{ kind: "REISSUE_REPEATED" }] } } }) },
    elsewhere: { gets: () => ({ data: { alerts: { nodes: [] } } }) },
  },
  "29-acknowledge-alert": {
    ...MASTERS_ONLY,
    variables: () => ({ input: { alertId: globalId("Alert", at.alertId), note: "本人に確認済み" } }),
    rightful: {
      by: () => at.master,
      sees: () => ({ acknowledgeAlert: { alert: { acknowledgements: [{ side: "CONTRACT", byLoginId: at.master.loginId, byName: "管理者", note: "本人に確認済み" }] }, userErrors: [] } }),
    },
    staff: { gets: () => ({ data: { acknowledgeAlert: { alert: { acknowledgements: [{ side: "BANK", byLoginId: at.operator.loginId, byName: "窓口担当者" }] }, userErrors: [] } } }) },
    elsewhere: FOUND_BY_ITS_BANK_ONLY,
  },
  "30-sign-in-operator": {
    variables: () => signInAs(at.operator.loginId),
    rightful: {
      by: () => null,
      sees: () => ({
        signInOperator: {
          sessionToken: expect.stringMatching(/^desk_[\w-]{43}$/) as string, userErrors: [],
          bankViewer: { signedInAt: THE_MORNING.toISOString(), operator: { id: operator(at.operator), loginId: at.operator.loginId }, bankCode: "5120", bankName: "証明信用金庫" },
        },
      }),
    },
    nobody: () => ({ data: { signInOperator: { bankViewer: { bankCode: "5120" } } } }),
    publicId: { gets: () => ({ data: { signInOperator: { bankViewer: { bankCode: "5120" } } } }) }, // whoever knows the password
    stranger: { variables: () => signInAs(at.operator.loginId, "Wrong-pass-1"), gets: () => ({ userError: "SIGN_IN_FAILED" }) },
    changes: ["bank_operators", "operator_sessions"],
    enrollee: () => ({ userError: "SIGN_IN_FAILED" }),
    staff: { gets: () => ({ data: { signInOperator: { bankViewer: { operator: { id: operator(at.operator) } } } } }) },
    elsewhere: { variables: () => signInAs(at.operator.loginId, "Wrong-pass-1"), gets: () => ({ userError: "SIGN_IN_FAILED" }) },
  },
  "31-bank-viewer": {
    variables: () => ({}),
    rightful: {
      by: () => at.operator,
      sees: () => ({ bankViewer: { signedInAt: THE_MORNING.toISOString(), previousSignInAt: null, operator: { id: operator(at.operator), displayName: "窓口担当者" }, bankCode: "5120" } }),
    },
    nobody: () => ({ data: { bankViewer: null } }),
    publicId: { gets: () => ({ data: { bankViewer: null } }) },
    stranger: { gets: () => ({ data: { bankViewer: null } }) },
    enrollee: () => ({ data: { bankViewer: null } }),
    elsewhere: { gets: () => ({ data: { bankViewer: { operator: { id: operator(at.elsewhere) }, bankName: "他信用金庫" } } }) },
  },
  "32-contracts": {
    variables: () => ({ first: 20, filter: { text: at.ours.contract.name } }),
    rightful: {
      by: () => at.operator,
      sees: () => ({ contracts: { totalCount: 1, pageInfo: theLastPage, nodes: [{ id: contract(at.ours), version: 1, name: at.ours.contract.name, status: "ACTIVE", stoppedAt: null }] } }),
    },
    nobody: UNAUTHENTICATED,
    publicId: { gets: () => ({ data: { contracts: { totalCount: 1, nodes: [{ id: contract(at.ours) }] } } }) },
    stranger: { gets: () => ({ data: { contracts: { totalCount: 0, nodes: [] } } }) },
    enrollee: () => ({ data: { contracts: { totalCount: 1, nodes: [{ id: contract(at.ours), signInMethod: "CERTIFICATE" }] } } }),
    elsewhere: { gets: () => ({ data: { contracts: { totalCount: 0, nodes: [] } } }) },
  },
  "33-contract": {
    variables: () => ({ id: contract(at.ours) }),
    rightful: {
      by: () => at.operator,
      sees: () => ({
        contract: {
          name: at.ours.contract.name, version: 1, bankCode: "5120", bankName: "証明信用金庫", status: "ACTIVE", stoppedAt: null, lastSignInAt: null,
          adHocTransferLimit: 100_000, defaultAdHocTransferLimit: 10_000,
        },
      }),
    },
    nobody: UNAUTHENTICATED,
    publicId: { gets: () => ({ data: { contract: { name: at.ours.contract.name } } }) },
    stranger: { gets: () => ({ data: { contract: null } }) },
    enrollee: () => ({ data: { contract: { name: at.ours.contract.name, lastSignInAt: null } } }), // that is for whoever may read the history
    elsewhere: { gets: () => ({ data: { contract: null } }) },
  },
  "34-request-reissue": {
    ...BANK_ONLY,
    variables: () => ({ input: { userId: master(), expectedVersion: 1, reason: "STOLEN", note: "電話にて本人確認済" } }),
    rightful: {
      by: () => at.colleague,
      sees: () => ({
        requestReissue: {
          request: {
            act: "MASTER_REISSUE", status: "OPEN", reason: "STOLEN", note: "電話にて本人確認済", requestedAt: THE_MORNING.toISOString(),
            expiresAt: "2026-11-25T01:00:00.000Z", user: { id: master(), version: 1 },
          },
          userErrors: [],
        },
      }),
    },
    elsewhere: FOUND_BY_ITS_BANK_ONLY,
  },
  "35-request-unlock": {
    ...BANK_ONLY,
    variables: () => ({ input: { userId: master(), expectedVersion: 1, passwordKind: "REGISTRATION" } }),
    rightful: {
      by: () => at.operator,
      sees: () => ({ requestUnlock: { request: { act: "MASTER_UNLOCK", status: "OPEN", passwordKind: "REGISTRATION", note: null, user: { id: master() } }, userErrors: [] } }),
    },
    elsewhere: FOUND_BY_ITS_BANK_ONLY,
  },
  "36-request-start": {
    ...BANK_ONLY,
    variables: () => ({ input: { contractId: contract(at.stopped), expectedVersion: 2 } }),
    rightful: {
      by: () => at.operator,
      sees: () => ({ requestStart: { request: { act: "CONTRACT_START", status: "OPEN", contract: { id: contract(at.stopped), status: "STOPPED", version: 2 } }, userErrors: [] } }),
    },
    elsewhere: FOUND_BY_ITS_BANK_ONLY,
  },
  "37-approval-requests": {
    variables: () => ({ first: 20, filter: { status: ["OPEN"] } }),
    rightful: {
      by: () => at.colleague,
      sees: () => ({
        approvalRequests: {
          nodes: {
            0: {
              id: globalId("ApprovalRequest", at.request.id), act: "MASTER_REISSUE", status: "OPEN", viewerCanDecide: true, contract: { id: contract(at.ours) },
              user: { id: master() }, requestedBy: { id: operator(at.operator), loginId: at.operator.loginId }, decidedBy: null, decidedAt: null, certificate: null,
            },
          },
        },
      }),
    },
    nobody: UNAUTHENTICATED,
    publicId: { gets: () => ({ data: { approvalRequests: { totalCount: 0, nodes: [] } } }) },
    stranger: { gets: () => ({ data: { approvalRequests: { totalCount: 0, nodes: [] } } }) },
    enrollee: () => ({ data: { approvalRequests: { totalCount: 0, nodes: [] } } }),
    staff: { gets: () => ({ data: { approvalRequests: { nodes: { 0: { id: globalId("ApprovalRequest", at.request.id), viewerCanDecide: false } } } } }) }, // its own
    elsewhere: { gets: () => ({ data: { approvalRequests: { totalCount: 0, nodes: [] } } }) },
  },
  "38-approve-request": {
    ...BANK_ONLY,
    variables: decision,
    rightful: {
      by: () => at.colleague,
      sees: () => ({
        approveRequest: {
          enrollmentCode: expect.stringMatching(/^[0-9A-Z]{4}(-[0-9A-Z]{4}){3}$/) as string,
          request: {
            status: "APPROVED", decidedAt: THE_MORNING.toISOString(), decidedBy: { id: operator(at.colleague) }, user: { id: master(), version: 2 },
            contract: { version: 1 }, certificate: { status: "PENDING" },
          },
          userErrors: [],
        },
      }),
    },
    staff: { gets: () => ({ userError: "SAME_OPERATOR" }) },
    elsewhere: FOUND_BY_ITS_BANK_ONLY,
  },
  "39-reject-request": {
    ...BANK_ONLY,
    variables: decision,
    rightful: { by: () => at.colleague, sees: () => ({ rejectRequest: { request: { status: "REJECTED", decidedBy: { id: operator(at.colleague) } }, userErrors: [] } }) },
    staff: { gets: () => ({ userError: "SAME_OPERATOR" }) },
    elsewhere: FOUND_BY_ITS_BANK_ONLY,
  },
  "40-withdraw-request": {
    ...BANK_ONLY,
    variables: decision,
    rightful: { by: () => at.operator, sees: () => ({ withdrawRequest: { request: { status: "WITHDRAWN", decidedAt: THE_MORNING.toISOString() }, userErrors: [] } }) },
    staff: { by: () => at.colleague, gets: () => ({ userError: "REQUESTER_ONLY" }) },
    elsewhere: FOUND_BY_ITS_BANK_ONLY,
  },
  "41-notices": {
    variables: () => ({ first: 20, filter: { state: ["DEAD"] } }),
    rightful: { by: () => at.operator, sees: () => ({ notices: { nodes: [{ id: globalId("Notice", at.noticeId), kind: "PASSWORDS_CHANGED", state: "DEAD", mailAddress: "taro@example.com", tries: 8, lastError: "connection refused", recipient: { id: user(at.taro) } }] } }) },
    nobody: UNAUTHENTICATED,
    publicId: { gets: () => ({ data: { notices: { nodes: [] } } }) },
    stranger: { gets: () => ({ data: { notices: { nodes: [] } } }) },
    enrollee: () => ({ data: { notices: { nodes: [] } } }),
    elsewhere: { gets: () => ({ data: { notices: { nodes: [] } } }) },
  },
  "42-resend-notice": {
    ...BANK_ONLY,
    variables: () => ({ input: { noticeId: globalId("Notice", at.noticeId) } }),
    rightful: { by: () => at.operator, sees: () => ({ resendNotice: { notice: { state: "QUEUED", tries: 0, nextTryAt: THE_MORNING.toISOString() }, userErrors: [] } }) },
    elsewhere: FOUND_BY_ITS_BANK_ONLY,
  },
  "43-history-verification": {
    variables: () => ({ from: 1, until: 10_000 }),
    rightful: { by: () => at.operator, sees: () => ({ historyVerification: { isWhole: true, fault: null, firstWrongNumber: null, why: null, verifiedAt: THE_MORNING.toISOString() } }) },
    nobody: UNAUTHENTICATED,
    publicId: { gets: () => ({ data: { historyVerification: null } }) },
    stranger: { gets: () => ({ data: { historyVerification: null } }) },
    enrollee: () => ({ data: { historyVerification: null } }),
    elsewhere: { gets: () => ({ data: { historyVerification: { isWhole: true, size: 0, verified: 0 } } }) },
  },
  "44-error-catalog": {
    variables: () => ({ language: "en" }),
    rightful: { by: () => at.master, sees: theCatalog },
    nobody: () => ({ data: theCatalog() }),
    publicId: { gets: () => ({ data: theCatalog() }) },
    stranger: { gets: () => ({ data: theCatalog() }) },
    enrollee: () => ({ data: theCatalog() }),
    elsewhere: { gets: () => ({ data: theCatalog() }) },
  },
};

function theCatalog(): object {
  return { errorCatalog: expect.arrayContaining([expect.objectContaining({ code: "OWN_CERTIFICATE", channel: "USER_ERROR", httpStatus: null, nextStep: "Contact the bank." })]) as object };
}

function decision(): object {
  return { input: { requestId: globalId("ApprovalRequest", at.request.id) } };
}

const SIGN_INS = ["01-sign-in", "30-sign-in-operator"];

/** What isn't said of the bank's staff: a mutation is refused as the rulebook says; a query gives what there is. */
function byTheRulebook(name: string, by: DeskCaller): Expected {
  const mutation = /^mutation \w+[^{]*\{\s*(\w+)/m.exec(operations.get(name) ?? "")?.[1];
  if (mutation === undefined) return { data: {} };
  const needs = deeds[mutation]?.needs;
  const code = needs && typeof needs === "object" && whyNever(by, needs.rule, needs.on);
  if (!code) throw new Error(`${name} may be the staff's: its line says nothing of that`);
  return { userError: code };
}

/** Of the rightful Master's contract. */
function theNewId(): string {
  return at.master.loginId.replace("master", "keir");
}

function signInAs(loginId: string, password = PASSWORD): object {
  return { input: { bankCode: house.bank.code, loginId, password } };
}

function lineOf(name: string): Line {
  const line = table[name];
  if (!line) throw new Error(`schema/operations/${name}.graphql has no line in this table`);
  return line;
}

/** Everything by which our contract could be recognized in an answer. */
function traces(): string[] {
  const { ours, request, company, master, taro, hana, tarosCertificate, hanasCertificate } = at;
  const callers = [master, taro, hana].flatMap(({ userId, loginId, token }) => [userId, loginId, token]);
  const certificates = [tarosCertificate, hanasCertificate].flatMap(({ id, serialNumber, fingerprint }) => [id, serialNumber, ...(fingerprint ? [fingerprint] : [])]);
  return [...callers, ...certificates, ours.contract.id, ours.contract.name, request.id, company.id];
}

function expectAnswer(answer: Answer, expected: Expected): void {
  if ("error" in expected) {
    expect(answer.errors).toMatchObject([{ extensions: { code: expected.error, ...(expected.reason ? { reason: expected.reason } : {}) } }]);
    expect(Object.values((answer.data as object | null) ?? {}).filter((value) => value !== null)).toEqual([]);
    return;
  }
  expect(answer.errors).toEqual([]);
  if ("data" in expected) {
    expect(answer.data).toMatchObject(expected.data);
    return;
  }
  const [payload] = Object.values(answer.data) as Record<string, unknown>[];
  expect(payload).toMatchObject({ userErrors: [{ code: expected.userError }] });
  const results = Object.entries(payload ?? {}).filter(([name, value]) => name !== "userErrors" && value !== null);
  expect(results).toEqual([]); // a refusal gives nothing
}

/** Sends it, and gives the answer, what changed but for `changes`, and what was recorded. */
async function attempt(name: string, by: Caller | DeskCaller | null, variables: object, changes = lineOf(name).changes ?? []): Promise<{ answer: Answer; recorded: UsageRecord[]; nothingChanged: () => void }> {
  await lineOf(name).given?.();
  const [before, entries] = [await house.snapshot(), (await house.history()).length];
  const answer = await send(name, by, variables);
  const [after, recorded] = [await house.snapshot(), (await house.history()).slice(entries)];
  const nothingChanged = () => {
    for (const changed of changes) after[changed] = before[changed] ?? [];
    // Jest takes a tenth of a second to find so much alike.
    if (JSON.stringify(after) !== JSON.stringify(before)) expect(after).toEqual(before);
  };
  return { answer, recorded, nothingChanged };
}

const isMutation = (name: string) => operations.get(name)?.startsWith("mutation ") ?? false;

function expectRecord(name: string, recorded: UsageRecord[], by: Caller, expected: Expected): void {
  if (!isMutation(name)) expect(recorded).toEqual([]);
  else if ("userError" in expected) {
    const whose = SIGN_INS.includes(name) ? {} : { actorId: by.userId, contractId: by.contractId };
    expect(recorded).toMatchObject([{ ...whose, outcome: "REFUSED", code: expected.userError, after: null }]);
  } else expect(recorded.at(-1)).toMatchObject({ outcome: "SUCCEEDED" });
}

describe("the saved operations", () => {
  it("are all in the table of this test, and nothing else is", () => { expect(Object.keys(table)).toEqual([...operations.keys()]); });

  it("have a name of their own each, and every task has some", () => {
    const saved = savedOperations();
    expect(new Set(saved.map(({ title }) => title)).size).toBe(saved.length);
    expect([...new Set(saved.map(({ task }) => task))]).toEqual([...tasks]); // in the order in which they are listed
  });

  describe.each([...operations.keys()])("%s", (name) => {
    it("is valid, and says in Japanese what it is for, who may, and which variables fit", async () => {
      const query = operations.get(name) ?? "";
      expect(validate(await houseSchema(), parse(query))).toEqual([]);
      const { task = "", title = "", explanation = "", variables: example = "" } = savedOperations().find((operation) => operation.name === name) ?? {};
      expect(tasks).toContain(task);
      expect(title).toMatch(/^[^\x00-\x1f:。]{2,20}$/);
      expect(explanation).toMatch(/^[^\n]*[ぁ-ん][^\n]*。/); // what it does
      expect(explanation).toMatch(/^利用できる方: [^\n]*[ぁ-ん][^\n]*。$/m);
      const wanted = Object.keys(lineOf(name).variables());
      if (wanted.length > 0) expect(Object.keys(JSON.parse(example) as object).length).toBeGreaterThan(0);
      else expect(example).toBe("");
    });

    it("works for its rightful caller", async () => {
      const { variables, rightful } = lineOf(name);
      const { answer, recorded } = await attempt(name, rightful.by(), variables());
      expect(answer.status).toBe(200);
      expectAnswer(answer, { data: rightful.sees() });
      expect(answer.text).not.toMatch(/"userErrors":\[\{/);
      if (isMutation(name)) expect(recorded.at(-1)).toMatchObject({ outcome: "SUCCEEDED", code: null });
    });

    it("gives nobody what is nobody's", async () => {
      const { variables, nobody } = lineOf(name);
      const { answer, recorded, nothingChanged } = await attempt(name, null, variables());
      expectAnswer(answer, nobody());
      nothingChanged();
      if (!SIGN_INS.includes(name)) expect(recorded).toEqual([]); // there is nobody to record
    });

    it("gives a Public ID what is its own", async () => {
      const { variables, publicId } = lineOf(name);
      const by = publicId.by?.() ?? at.hana;
      const { answer, recorded, nothingChanged } = await attempt(name, by, variables());
      expectAnswer(answer, publicId.gets());
      nothingChanged();
      expectRecord(name, recorded, by, publicId.gets());
      const others = by === at.hana ? [at.master.userId, at.tarosCertificate.id] : [at.master.userId, at.hanasCertificate.id];
      for (const trace of others) expect(answer.text).not.toContain(trace);
    });

    it("shows a Master of another contract nothing of ours and lets it change nothing", async () => {
      const { variables, stranger } = lineOf(name);
      const { answer, recorded, nothingChanged } = await attempt(name, at.stranger, (stranger.variables ?? variables)());
      expectAnswer(answer, stranger.gets());
      for (const trace of traces()) expect(answer.text).not.toContain(trace);
      nothingChanged();
      expectRecord(name, recorded, at.stranger, stranger.gets());
    });

    it("gives whoever signed in without the certificate that is required a look at itself and the enrollment, nothing else", async () => {
      await hanaAsEnrollee();
      const { variables, stranger, enrollee } = lineOf(name);
      const input = SIGN_INS.includes(name) ? (stranger.variables ?? variables)() : variables();
      const { answer, recorded, nothingChanged } = await attempt(name, at.hana, input);
      expectAnswer(answer, enrollee());
      if (name !== "06-enroll-certificate") nothingChanged();
      expectRecord(name, recorded, at.hana, enrollee());
      for (const trace of [at.master.userId, at.tarosCertificate.id]) expect(answer.text).not.toContain(trace);
    });

    it("gives the bank's staff what is its bank's, and lets it do what is the bank's to do", async () => {
      const { variables, staff, rightful } = lineOf(name);
      const isItsOwn = rightful.by()?.role === "BANK_OPERATOR";
      const by = staff?.by?.() ?? (staff || !isItsOwn ? at.operator : (rightful.by() as DeskCaller));
      const expected = staff?.gets() ?? (isItsOwn ? { data: rightful.sees() } : byTheRulebook(name, by));
      const { answer, recorded, nothingChanged } = await attempt(name, by, (staff?.variables ?? variables)());
      expectAnswer(answer, expected);
      if (!("data" in expected)) nothingChanged();
      if (!isMutation(name)) expect(recorded).toEqual([]);
      else if ("userError" in expected) expect(recorded).toMatchObject([{ actorId: by.userId, actorRole: "BANK_OPERATOR", outcome: "REFUSED", code: expected.userError, after: null }]);
      else expect(recorded.at(-1)).toMatchObject({ outcome: "SUCCEEDED" });
    });

    it("shows another bank's staff nothing of ours and lets it change nothing", async () => {
      const { variables, elsewhere } = lineOf(name);
      const expected = elsewhere?.gets() ?? byTheRulebook(name, at.elsewhere);
      const { answer, recorded, nothingChanged } = await attempt(name, at.elsewhere, (elsewhere?.variables ?? variables)(), elsewhere?.changes);
      expectAnswer(answer, expected);
      for (const trace of traces()) expect(answer.text).not.toContain(trace);
      nothingChanged();
      if (!SIGN_INS.includes(name)) expect(recorded.filter(({ contractId, bankId }) => contractId !== null || bankId !== at.elsewhere.bankId)).toEqual([]);
      if (isMutation(name) && "userError" in expected) expect(recorded).toMatchObject([{ outcome: "REFUSED", code: expected.userError, after: null }]);
    });
  });
});

/** From here on Hana's contract demands certificates, and she signed in for real without one. */
async function hanaAsEnrollee(): Promise<Answer<SignedInAnswer>> {
  const ours = await house.aTenant({ signInMethod: "CERTIFICATE" });
  const [tarosCertificate, hanasCertificate] = [await house.aCertificate(ours.taro), await house.aCertificate(ours.hana, "PENDING")];
  const answer = await realSignIn(ours.hana.loginId);
  const { id: userId, loginId, contractId, bankId } = ours.hana;
  const hana = { ...at.hana, role: "ENROLLEE" as const, userId, loginId, contractId, bankId, token: answer.data.signIn.sessionToken ?? "" };
  at = { ...at, ours, tarosCertificate, hanasCertificate, hana, taro: await house.signedIn(ours.taro), master: await house.signedIn(ours.master) };
  return answer;
}

interface SignedInAnswer {
  signIn: { sessionToken: string | null; viewer: { mayOnlyEnroll: boolean } | null; userErrors: { code: string; nextStep: string | null }[] };
}

function realSignIn(loginId: string, password = PASSWORD): Promise<Answer<SignedInAnswer>> {
  return graphql<SignedInAnswer>(door, null, operations.get("01-sign-in") ?? "", signInAs(loginId, password));
}

describe("an ID of a contract that requires certificates", () => {
  it("without an active one is told that it may only enroll", async () => {
    const { data } = await hanaAsEnrollee();
    expect(data.signIn).toMatchObject({ sessionToken: expect.any(String) as string, viewer: { mayOnlyEnroll: true }, userErrors: [] });
  });

  it("with an active one is refused without it, gets no session and loses none", async () => {
    await hanaAsEnrollee();
    const before = await house.snapshot();
    const { data } = await realSignIn(at.taro.loginId);
    expect(data.signIn).toMatchObject({ sessionToken: null, viewer: null, userErrors: [{ code: "CERTIFICATE_REQUIRED" }] });
    expect(await house.snapshot()).toEqual(before);
    expect((await house.history(at.ours.contract)).at(-1)).toMatchObject({ action: "SIGN_IN", outcome: "REFUSED", code: "CERTIFICATE_REQUIRED" });
  });

  it("with an active one and a wrong password is told nothing about either", async () => {
    await hanaAsEnrollee();
    const { data } = await realSignIn(at.taro.loginId, "Wrong-pass-1");
    expect(data.signIn.userErrors).toMatchObject([{ code: "SIGN_IN_FAILED" }]);
  });

  it.each(["EXPIRED", "REVOKED", "ENROLLMENT_EXPIRED"] as const)("with one that is %s may come in and see that for itself", async (status) => {
    const ours = await house.aTenant({ signInMethod: "CERTIFICATE" });
    await house.aCertificate(ours.taro, status);
    const { data } = await realSignIn(ours.taro.loginId);
    expect(data.signIn).toMatchObject({ viewer: { mayOnlyEnroll: true }, userErrors: [] });
    const seen = await send("02-viewer", data.signIn.sessionToken, {});
    expect(seen.data).toMatchObject({ viewer: { user: { certificate: { status } } } });
  });

  it("after its enrollment stays an enrollee, and can't come in again without the certificate", async () => {
    await hanaAsEnrollee();
    const { variables } = lineOf("06-enroll-certificate");
    expectAnswer(await send("06-enroll-certificate", at.hana, variables()), { data: { enrollCertificate: { certificate: { status: "ACTIVE" } } } });
    expectAnswer(await send("02-viewer", at.hana, {}), { data: { viewer: { mayOnlyEnroll: true } } });
    const { data } = await realSignIn(at.hana.loginId);
    expect(data.signIn.userErrors).toMatchObject([{ code: "CERTIFICATE_REQUIRED" }]);
  });

  it("is an enrollee also as Master: it sees itself and nobody else, and reissues nothing", async () => {
    const ours = await house.aTenant({ signInMethod: "CERTIFICATE" });
    const { data } = await realSignIn(ours.master.loginId);
    const token = data.signIn.sessionToken;
    expectAnswer(await send("03-users", token, {}), { data: { users: { totalCount: 1, nodes: [{ id: globalId("User", ours.master.id) }] } } });
    expectAnswer(await send("04-user", token, { id: globalId("User", ours.taro.id) }), { data: { user: null } });
    const input = { userId: globalId("User", ours.taro.id), expectedVersion: 1 };
    expectAnswer(await send("05-reissue-certificate", token, { input }), { userError: "CERTIFICATE_REQUIRED" });
  });
});

describe("a Public ID", () => {
  it.each([
    ["04-user", () => ({ id: user(at.taro) }), () => ({ user: { loginId: at.taro.loginId, certificates: { nodes: [{ serialNumber: at.tarosCertificate.serialNumber }] } } })],
    ["08-certificate", () => ({ serialNumber: at.tarosCertificate.serialNumber }), () => ({ certificate: { holder: { id: user(at.taro) }, status: "ACTIVE" } })],
    ["09-certificates", () => ({}), () => ({ certificates: { totalCount: 1, edges: [{ node: { serialNumber: at.tarosCertificate.serialNumber } }] } })],
    ["11-node", () => ({ id: globalId("Certificate", at.tarosCertificate.id) }), () => ({ node: { serialNumber: at.tarosCertificate.serialNumber } })],
    ["11-node", () => ({ id: user(at.taro) }), () => ({ node: { loginId: at.taro.loginId } })],
    ["11-node", () => ({ id: globalId("Contract", at.ours.contract.id) }), () => ({ node: { name: at.ours.contract.name } })],
  ])("sees itself and its own certificate: %s", async (name, variables, sees) => {
    expectAnswer(await send(name, at.taro, variables()), { data: sees() });
  });

  it.each([
    ["04-user", () => ({ id: user(at.master) }), { user: null }],
    ["11-node", () => ({ id: user(at.hana) }), { node: null }],
    ["11-node", () => ({ id: globalId("Contract", at.theirs.contract.id) }), { node: null }],
    ["08-certificate", () => ({ id: globalId("Certificate", at.hanasCertificate.id) }), { certificate: null }],
    ["09-certificates", () => ({ filter: { userId: user(at.hana) } }), { certificates: { totalCount: 0, edges: [] } }],
    ["03-users", () => ({ filter: { text: at.hana.loginId } }), { users: { totalCount: 0, nodes: [] } }],
  ])("sees nobody else, whatever it asks for: %s", async (name, variables, sees) => {
    expectAnswer(await send(name, at.taro, variables()), { data: sees });
  });

  it("is refused a reissue and a revocation also of its own certificate", async () => {
    const before = await house.snapshot();
    expectAnswer(await send("05-reissue-certificate", at.taro, { input: { userId: user(at.taro), expectedVersion: 1 } }), { userError: "MASTER_ONLY" });
    const certificateId = globalId("Certificate", at.tarosCertificate.id);
    expectAnswer(await send("07-revoke-certificate", at.taro, { input: { certificateId, reason: "SUPERSEDED" } }), { userError: "MASTER_ONLY" });
    expect(await house.snapshot()).toEqual(before);
  });
});

describe("a Master of another contract", () => {
  it.each([
    ["03-users", () => ({ filter: { text: at.taro.loginId } }), { users: { totalCount: 0, nodes: [] } }],
    ["08-certificate", () => ({ id: globalId("Certificate", at.tarosCertificate.id) }), { certificate: null }],
    ["09-certificates", () => ({ filter: { userId: user(at.taro) } }), { certificates: { totalCount: 0, edges: [] } }],
    ["10-usage-history", () => ({ filter: { actorId: user(at.master) } }), { usageHistory: { nodes: [] } }],
    ["11-node", () => ({ id: user(at.taro) }), { node: null }],
    ["11-node", () => ({ id: globalId("Contract", at.ours.contract.id) }), { node: null }],
  ])("finds nothing of ours by any filter or id: %s", async (name, variables, sees) => {
    expectAnswer(await send(name, at.stranger, variables()), { data: sees });
  });

  it("is answered for our ids exactly as for ids that nobody has", async () => {
    const nobodys = "01ARZ3NDEKTSV4RRFFQ69G5FAV";
    const reissue = async (userId: string) =>
      (await send("05-reissue-certificate", at.stranger, { input: { userId: globalId("User", userId), expectedVersion: 1 } })).data;
    const revoke = async (certificateId: string) =>
      (await send("07-revoke-certificate", at.stranger, { input: { certificateId: globalId("Certificate", certificateId), reason: "SUPERSEDED" } })).data;
    expect(await reissue(at.taro.userId)).toEqual(await reissue(nobodys));
    expect(await revoke(at.tarosCertificate.id)).toEqual(await revoke(nobodys));
  });

  it("can't read an entry of our history by its id", async () => {
    const [entry] = await house.history(at.ours.contract);
    const id = globalId("UsageRecord", entry?.id ?? "");
    expectAnswer(await send("11-node", at.master, { id }), { data: { node: { action: "CERTIFICATE_ENROLL" } } });
    expectAnswer(await send("11-node", at.stranger, { id }), { data: { node: null } });
    expectAnswer(await send("11-node", at.taro, { id }), { data: { node: null } });
  });
});

it("a sign-out ends the caller's session alone", async () => {
  await send("12-sign-out", at.stranger, {});
  expect((await send("02-viewer", at.stranger, {})).errors).toMatchObject([{ extensions: { reason: "SESSION_ENDED" } }]);
  for (const caller of [at.master, at.taro, at.hana]) expect(codes(await send("02-viewer", caller, {}))).toEqual([]);
});

it("a stop is of the caller's contract alone", async () => {
  await send("19-stop-contract", at.stranger, { input: {} });
  expectAnswer(await send("33-contract", at.master, { id: contract(at.ours) }), { data: { contract: { status: "ACTIVE", version: 1 } } });
  expectAnswer(await send("33-contract", at.stranger, { id: contract(at.theirs) }), { data: { contract: { status: "STOPPED", version: 2 } } });
});

it("a sign-in ends the ID's earlier session, and no one else's", async () => {
  await realSignIn(at.taro.loginId);
  expect(codes(await send("02-viewer", at.taro, {}))).toEqual(["UNAUTHENTICATED"]);
  expect(codes(await send("02-viewer", at.hana, {}))).toEqual([]);
});
