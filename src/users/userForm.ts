import { MAIL_ADDRESS } from "../foundation/mailSettings.js";
import { Refusal } from "../foundation/refusals.js";
import { checkedText } from "../foundation/text.js";
import type { Contract } from "../identity/Contract.js";
import type { Authority, User } from "../identity/User.js";
import { whyNotNote } from "../identity/whyNotNote.js";
import type { TypedPasswords } from "./typedPasswords.js";

/** 編集: what a form can say of an ID. What isn't said stays as it is. */
export interface UserForm {
  displayName?: string | undefined;
  authority?: Authority | undefined;
  passwords: TypedPasswords;
  adHocTransferEnabled?: boolean | undefined;
  /** In thousands of yen; 0 for the bank's own. */
  adHocTransferLimit?: number | undefined;
  forcePasswordChange?: boolean | undefined;
  /** For notices. Null: none is known any more. */
  mailAddress?: string | null | undefined;
  /** Null: they never expire. */
  passwordMaxAgeDays?: number | null | undefined;
  passwordWarnDays?: number | null | undefined;
  companyIds?: readonly string[] | undefined;
  /** For the history. */
  note?: string | null | undefined;
}

/** What the form is held against. For a registration the user is the one that is about to be. */
export interface Standing {
  user: User;
  contract: Contract;
  /** Companies of its contract, of those that the form names. */
  companies: ReadonlySet<string>;
}

export type FormFields = Pick<User, "displayName" | "authority" | "adHocLimit" | "mailAddress" | "passwordMaxAgeDays" | "passwordWarnDays">;

const LONGEST_NAME = 20; // full-width characters
const SOMETHING_TO_SEE = /[^\s\p{Default_Ignorable_Code_Point}]/u;
const OLDEST_PASSWORD = 3_650; // days
const LONGEST_ADDRESS = 254; // RFC 5321 §4.5.3.1.3, without the brackets
const MOST_MARKED = 100; // companies that are none of the contract's: a screen offers no such

/** The fields as they will be, and all that is wrong with the form, each with the field at fault (domain: the manual's 編集). */
export function checkForm(form: UserForm, standing: Standing): { fields: FormFields; refusals: Refusal[] } {
  const refusals: Refusal[] = [];
  const refuse: Refuse = (code, field, facts) => void refusals.push(new Refusal(code, { path: [field].flat(), ...(facts ? { facts } : {}) }));
  const fields: FormFields = {
    displayName: checkedName(form, standing, refusals),
    authority: checkedAuthority(form, standing, refuse),
    adHocLimit: checkedLimit(form, standing, refuse),
    mailAddress: checkedAddress(form, standing, refuse),
    ...checkedAges(form, standing, refuse),
  };
  demandApprovalPassword(form, fields, standing, refuse);
  demandTransferPassword(form, fields, standing, refuse);
  const foreign = (form.companyIds ?? []).flatMap((id, index) => (standing.companies.has(id) ? [] : [String(index)]));
  for (const index of foreign.slice(0, MOST_MARKED)) refuse("NOT_FOUND", ["companyIds", index]);
  const noteRefusal = whyNotNote(form.note);
  if (noteRefusal) refusals.push(noteRefusal);
  return { fields, refusals };
}

type Refuse = (code: Refusal["code"], field: string | string[], facts?: Refusal["facts"]) => void;

function checkedName({ displayName }: UserForm, { user }: Standing, refusals: Refusal[]): string {
  if (displayName === undefined) return user.displayName;
  const path = ["displayName"];
  try {
    if (!SOMETHING_TO_SEE.test(displayName)) throw new Refusal("VALUE_REQUIRED", { path });
    if (/[\n\r]/.test(displayName)) throw new Refusal("INVALID_TEXT", { path }); // it is to stand in the holder's certificate, one line
    return checkedText(displayName, LONGEST_NAME, path);
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    refusals.push(error);
    return user.displayName;
  }
}

function checkedAuthority({ authority }: UserForm, { user }: Standing, refuse: Refuse): Authority | null {
  if (authority === undefined) return user.authority;
  if (user.kind === "MASTER") refuse("NOT_FOR_MASTER", "authority");
  return user.kind === "MASTER" ? null : authority;
}

/** Null where 都度振込 isn't used. */
function checkedLimit({ adHocTransferEnabled, adHocTransferLimit: limit }: UserForm, { user, contract }: Standing, refuse: Refuse): number | null {
  const isEnabled = adHocTransferEnabled ?? user.adHocLimit !== null;
  if (user.kind === "MASTER") {
    if (isEnabled) refuse("NOT_FOR_MASTER", "adHocTransferEnabled");
    if (limit !== undefined) refuse("NOT_FOR_MASTER", "adHocTransferLimit");
    return null;
  }
  if (!isEnabled) {
    if (limit !== undefined) refuse("AD_HOC_TRANSFER_OFF", "adHocTransferLimit");
    return null;
  }
  const wanted = limit ?? user.adHocLimit ?? 0; // one that stays must keep the rule, too: the contract's may have been lowered
  if (!isWhole(wanted, 0, contract.adHocLimit)) refuse("LIMIT_NOT_ALLOWED", "adHocTransferLimit", { most: contract.adHocLimit });
  return wanted;
}

/** As it is typed, but for blanks around it. Empty: none. */
function checkedAddress({ mailAddress }: UserForm, { user }: Standing, refuse: Refuse): string | null {
  if (mailAddress === undefined) return user.mailAddress;
  const typed = mailAddress?.trim() ?? "";
  if (typed === "") return null;
  if (typed.length <= LONGEST_ADDRESS && MAIL_ADDRESS.test(typed)) return typed;
  refuse("MAIL_ADDRESS_INVALID", "mailAddress");
  return user.mailAddress;
}

function checkedAges(form: UserForm, { user }: Standing, refuse: Refuse): Pick<FormFields, "passwordMaxAgeDays" | "passwordWarnDays"> {
  const most = form.passwordMaxAgeDays === undefined ? user.passwordMaxAgeDays : form.passwordMaxAgeDays;
  const endsWarning = form.passwordMaxAgeDays === null && form.passwordWarnDays === undefined;
  const warn = endsWarning ? null : form.passwordWarnDays === undefined ? user.passwordWarnDays : form.passwordWarnDays;
  const isMostGood = most === null || isWhole(most, 1, OLDEST_PASSWORD);
  const isWarnGood = warn === null || isWhole(warn, 0, OLDEST_PASSWORD);
  if (!isMostGood) refuse("DAYS_NOT_ALLOWED", "passwordMaxAgeDays", { least: 1, most: OLDEST_PASSWORD });
  if (!isWarnGood) refuse("DAYS_NOT_ALLOWED", "passwordWarnDays", { least: 0, most: OLDEST_PASSWORD });
  if (isMostGood && isWarnGood && warn !== null && (most === null || warn >= most)) refuse("WARN_NOT_BEFORE_MAX", "passwordWarnDays");
  return { passwordMaxAgeDays: most, passwordWarnDays: warn };
}

/** Becoming an approver asks for an approval password; whoever isn't one can't have it. */
function demandApprovalPassword({ passwords }: UserForm, { authority }: FormFields, { user }: Standing, refuse: Refuse): void {
  const field = "newApprovalPassword";
  if (user.kind === "MASTER") {
    if (passwords.APPROVAL) refuse("NOT_FOR_MASTER", field);
  } else if (authority !== "APPROVER") {
    if (passwords.APPROVAL) refuse("APPROVER_ONLY", field); // 一般者権限では登録できません
  } else if (user.authority !== "APPROVER" && !passwords.APPROVAL) {
    refuse("PASSWORD_REQUIRED", field);
  }
}

/** The same for 都度振込 and its password. */
function demandTransferPassword({ passwords }: UserForm, { adHocLimit }: FormFields, { user }: Standing, refuse: Refuse): void {
  const field = "newTransferPassword";
  if (user.kind === "MASTER") {
    if (passwords.TRANSFER) refuse("NOT_FOR_MASTER", field);
  } else if (adHocLimit === null) {
    if (passwords.TRANSFER) refuse("AD_HOC_TRANSFER_OFF", field);
  } else if (user.adHocLimit === null && !passwords.TRANSFER) {
    refuse("PASSWORD_REQUIRED", field);
  }
}

function isWhole(number: number, least: number, most: number): boolean {
  return Number.isInteger(number) && number >= least && number <= most;
}
