import type { EntityManager } from "typeorm";
import { Certificate } from "../certificates/Certificate.js";
import type { CertificateDesk } from "../certificates/CertificateDesk.js";
import { openSuccessor } from "../certificates/certificateStore.js";
import { acceptKey } from "../certificates/acceptKey.js";
import { hashOfCode } from "../certificates/enrollmentCode.js";
import { finishEnrollment } from "../certificates/finishEnrollment.js";
import { isDuplicate } from "../foundation/database/errors.js";
import type { Desk } from "../foundation/desk.js";
import { newId } from "../foundation/ids.js";
import { Bank, ordinaryPolicy } from "../identity/Bank.js";
import { BankOperator, newOperator } from "../identity/BankOperator.js";
import { Contract, newContract } from "../identity/Contract.js";
import { Password } from "../identity/Password.js";
import { hashPassword } from "../identity/argon2.js";
import { newUser, type User } from "../identity/User.js";
import { insertUser } from "../identity/userStore.js";
import { readCertificateRequest } from "../pki/certificateRequest.js";
import { Company, UserCompany } from "../users/Company.js";
import { seedDemoHolidays } from "./demoCalendar.js";

/** The bank of the manual. Its IDs' passwords are public, so it exists only where the server listens on loopback. */
export const DEMO_BANK = "5120";
/** What a Master would have been shown at the registration of these IDs. */
export const demoEnrollmentCodes = { keir101: "DEM0-DEM0-DEM0-0101", keir102: "DEM0-DEM0-DEM0-0102" } as const;

const KEIR002_SERIAL = "40d3f10ed5f8b9da51d20dee830eca8b19";
/** keir002 made its key elsewhere, as every holder does; nobody has it any more. */
const KEIR002_CSR = `-----BEGIN CERTIFICATE REQUEST-----
MIHMMHQCAQAwEjEQMA4GA1UEAwwHa2VpcjAwMjBZMBMGByqGSM49AgEGCCqGSM49
AwEHA0IABJzDjc608SvYJvxmSnNioxFICqitC9LprTE45hE3maoR6TlYeT8JwUIj
D8PtHOVkh0DeowCdsj2SPr5g5xvaXGWgADAKBggqhkjOPQQDAgNIADBFAiEAoz81
aTf8FhDkqEbtrbwBIZm8hpqgreuBrFn7eZIlDBQCIAIHs2eSNzyumVeLshLdiN0e
H1ur/8dJv8E8gCAbMrLM
-----END CERTIFICATE REQUEST-----
`;

export async function hasDemoBank(desk: Desk): Promise<boolean> {
  return (await desk.db.reads.findOneBy(Bank, { isDemo: true })) !== null;
}

/** The bank with its holidays, also one of before there were any. Its CA is made next. */
export async function seedDemoBank(desk: Desk): Promise<void> {
  const now = desk.clock.now();
  const known = await desk.db.reads.findOneBy(Bank, { code: DEMO_BANK });
  if (known) {
    if (known.isDemo && known.holidaysLoadedAt === null) await desk.db.transaction((tx) => seedDemoHolidays(tx, known, now));
    return;
  }
  const bank: Bank = { id: newId(now), code: DEMO_BANK, name: "証明信用金庫", ...ordinaryPolicy, isDemo: true, createdAt: now };
  await unlessMadeMeanwhile(() => desk.db.transaction(async (tx) => {
    await tx.insert(Bank, bank);
    await seedDemoHolidays(tx, bank, now);
  }));
}

/** Its two contracts, in one piece: カシマイ with the manual's IDs, and a stranger to it that signs in by certificate. */
export async function seedDemoContracts(desk: CertificateDesk, password: string): Promise<void> {
  const hash = await hashPassword(password);
  await seedDemoDesk(desk, hash);
  const accepted = await unlessMadeMeanwhile(() => desk.db.transaction(async (tx) => {
    const bank = await tx.findOneByOrFail(Bank, { code: DEMO_BANK });
    if (!bank.isDemo || (await tx.existsBy(Contract, { bankId: bank.id }))) return null;
    const seed: Seed = { desk, tx, bank, hash };

    const kashimai = await seedContract(seed, { name: "カシマイ", signInMethod: "PASSWORD" });
    const keir001 = await seedUser(seed, kashimai, { loginId: "keir001", displayName: "システム管理者", kind: "MASTER", authority: null });
    const keir002 = await seedUser(seed, kashimai, { loginId: "keir002", displayName: "経理担当役席者", kind: "PUBLIC", authority: "APPROVER" });
    const keir003 = await seedUser(seed, kashimai, { loginId: "keir003", displayName: "経理担当者", kind: "PUBLIC", authority: "OPERATOR" });
    await seedCompany(seed, kashimai, [keir001, keir002, keir003]);

    const stranger = await seedContract(seed, { name: "アカツキ商事", signInMethod: "CERTIFICATE" });
    const keir101 = await seedUser(seed, stranger, { loginId: "keir101", displayName: "システム管理者", kind: "MASTER", authority: null });
    const keir102 = await seedUser(seed, stranger, { loginId: "keir102", displayName: "総務担当者", kind: "PUBLIC", authority: "OPERATOR" });
    for (const user of [keir101, keir102]) {
      const { successor } = await openSuccessor(desk, tx, user, null, desk.clock.now());
      const code = demoEnrollmentCodes[user.loginId as keyof typeof demoEnrollmentCodes];
      await tx.update(Certificate, { id: successor.id }, { enrollmentCodeHash: hashOfCode(code) });
    }
    return activeCertificate(seed, keir002);
  }));
  if (accepted) await finishEnrollment(desk, accepted, { loginId: "keir002", origin: { requestId: "house:demo", address: null } });
}

/** Its staff: also of a demo bank of before there was a desk. */
async function seedDemoDesk(desk: CertificateDesk, hash: string): Promise<void> {
  await unlessMadeMeanwhile(() => desk.db.transaction(async (tx) => {
    const bank = await tx.findOneByOrFail(Bank, { code: DEMO_BANK });
    if (!bank.isDemo || (await tx.existsBy(BankOperator, { bankId: bank.id }))) return;
    const seed: Seed = { desk, tx, bank, hash };
    await seedOperator(seed, { loginId: "desk001", displayName: "窓口担当者" });
    await seedOperator(seed, { loginId: "desk002", displayName: "窓口役席者" });
  }));
}

/** Where another process that started at the same moment was faster, what it made is the one. */
async function unlessMadeMeanwhile<T>(make: () => Promise<T>): Promise<T | null> {
  try {
    return await make();
  } catch (error) {
    if (!isDuplicate(error)) throw error;
    return null;
  }
}

interface Seed {
  desk: CertificateDesk;
  tx: EntityManager;
  bank: Bank;
  hash: string;
}

async function seedContract({ desk, tx, bank }: Seed, facts: Pick<Contract, "name" | "signInMethod">): Promise<Contract> {
  const now = desk.clock.now();
  const contract = newContract({ id: newId(now), bankId: bank.id, ...facts, createdAt: now });
  await tx.insert(Contract, contract);
  return contract;
}

async function seedUser(
  { desk, tx, bank, hash }: Seed,
  contract: Contract,
  facts: Pick<User, "loginId" | "displayName" | "kind" | "authority">,
): Promise<User> {
  const now = desk.clock.now();
  const mailAddress = `${facts.loginId}@demo.example`;
  const user = newUser({ id: newId(now), bankId: bank.id, contractId: contract.id, mailAddress, ...facts, createdAt: now });
  await insertUser(tx, user);
  for (const kind of ["LOGIN", "REGISTRATION", ...(user.authority === "APPROVER" ? (["APPROVAL"] as const) : [])] as const) {
    await tx.insert(Password, { userId: user.id, kind, hash, tries: 0, lockedAt: null, setAt: now, changeDue: null });
  }
  return user;
}

async function seedCompany({ desk, tx }: Seed, contract: Contract, users: User[]): Promise<void> {
  const company: Company = {
    id: newId(desk.clock.now()), contractId: contract.id, name: "カシマイ", code: "0010000001",
    branchCode: "090", branchName: "本部090", accountKind: "ORDINARY", accountNumber: "1000900",
    offersBulkTransfer: true, offersPayroll: true, offersAdHocTransfer: true, offersDirectDebit: true,
  };
  await tx.insert(Company, company);
  for (const { id: userId } of users) await tx.insert(UserCompany, { userId, companyId: company.id });
}

async function seedOperator({ desk, tx, bank, hash }: Seed, facts: Pick<BankOperator, "loginId" | "displayName">): Promise<void> {
  const now = desk.clock.now();
  await tx.insert(BankOperator, newOperator({ id: newId(now), bankId: bank.id, ...facts, hash, createdAt: now }));
}

async function activeCertificate({ desk, tx }: Seed, holder: User): Promise<Certificate> {
  const withItsSerial = { ...desk, newSerialNumber: () => KEIR002_SERIAL };
  const { successor } = await openSuccessor(withItsSerial, tx, holder, null, desk.clock.now());
  await acceptKey(desk, tx, successor, readCertificateRequest(KEIR002_CSR));
  return successor;
}
