import { Entity, Unique } from "typeorm";
import { added, FlagColumn, IdColumn, InstantColumn, NumberColumn, TextColumn } from "../foundation/database/columns.js";

/** A shinkin bank and its policy. Figures differ from bank to bank, so they are data. */
@Entity("banks")
@Unique("uq_banks_code", ["code"])
export class Bank {
  @IdColumn() id!: string;
  /** Four digits. */
  @TextColumn(4) code!: string;
  @TextColumn(60) name!: string;

  /** Days to acquire a certificate after it was opened. */
  @NumberColumn({ name: "days_to_enroll" }) daysToEnroll!: number;
  /** Days a certificate is valid. */
  @NumberColumn({ name: "validity_days" }) validityDays!: number;
  /** Wrong entries in a row that restrict a password or an enrollment code. */
  @NumberColumn({ name: "tries_allowed" }) triesAllowed!: number;
  @NumberColumn({ name: "session_idle_minutes" }) sessionIdleMinutes!: number;
  @NumberColumn({ name: "session_longest_minutes" }) sessionLongestMinutes!: number;
  /** A reissue asks for the Master's registration password. */
  @FlagColumn({ name: "asks_registration_password" }) asksRegistrationPassword!: boolean;

  /** Characters that a password has at least. */
  @NumberColumn(added({ name: "password_shortest" })) passwordShortest!: number;
  @NumberColumn(added({ name: "password_longest" })) passwordLongest!: number;
  /** Whether marks may stand in a password, or letters and digits alone. */
  @FlagColumn(added({ name: "password_allows_marks" })) passwordAllowsMarks!: boolean;
  /** How many of the last passwords can't be used again, the one in use included. */
  @NumberColumn(added({ name: "passwords_remembered" })) passwordsRemembered!: number;
  /** Public IDs of a contract, deregistered ones not counted. */
  @NumberColumn(added({ name: "most_public_ids" })) mostPublicIds!: number;
  /** 都度振込取扱限度額 where a user's is 0, in thousands of yen. */
  @NumberColumn(added({ name: "default_ad_hoc_limit" })) defaultAdHocLimit!: number;
  /** How long an operator's request waits for a colleague. */
  @NumberColumn(added({ name: "approval_hours" })) approvalHours!: number;

  /** Days that an old certificate may live beside its successor, where a PC was replaced; 0: it dies at the reissue, always. */
  @NumberColumn(added({ name: "days_old_kept" })) daysOldKept!: number;
  /** The enrollment code goes to its holder by mail, and not to the Master's screen. */
  @FlagColumn(added({ name: "sends_code_by_mail" })) sendsCodeByMail!: boolean;
  /** Hours that a changed mail address rests before a code goes there. */
  @NumberColumn(added({ name: "mail_rest_hours" })) mailRestHours!: number;
  /** After a reissue its holder may not approve nor transfer until the Master gives that back. */
  @FlagColumn(added({ name: "holds_powers" })) holdsPowers!: boolean;
  /** Days before its end from which on a holder may renew its certificate. */
  @NumberColumn(added({ name: "renewal_days" })) renewalDays!: number;
  /** Days before its end at which its holder is reminded. */
  @NumberColumn(added({ name: "first_reminder_days" })) firstReminderDays!: number;
  @NumberColumn(added({ name: "last_reminder_days" })) lastReminderDays!: number;

  /** Alerts: so many reissues in a contract within so many minutes; */
  @NumberColumn(added({ name: "alert_burst_reissues" })) alertBurstReissues!: number;
  @NumberColumn(added({ name: "alert_burst_minutes" })) alertBurstMinutes!: number;
  /** a second one for the same user within so many days; */
  @NumberColumn(added({ name: "alert_repeat_days" })) alertRepeatDays!: number;
  /** one while so much of the old one's life is left, in percent; */
  @NumberColumn(added({ name: "alert_life_percent" })) alertLifePercent!: number;
  /** so many refused enrollments of a user within a day. */
  @NumberColumn(added({ name: "alert_refused_enrollments" })) alertRefusedEnrollments!: number;

  /** When its holidays were loaded last. */
  @InstantColumn({ name: "holidays_loaded_at", nullable: true }) holidaysLoadedAt!: Date | null;

  /** Made for the demo: its IDs' passwords are public, so it is served on the loopback only. */
  @FlagColumn({ name: "is_demo" }) isDemo!: boolean;
  @InstantColumn({ name: "created_at" }) createdAt!: Date;
}

/** What most banks print in their manuals. */
export const ordinaryPolicy = {
  daysToEnroll: 80,
  validityDays: 365,
  triesAllowed: 6,
  sessionIdleMinutes: 15,
  sessionLongestMinutes: 480,
  asksRegistrationPassword: false,
  passwordShortest: 8,
  passwordLongest: 64,
  passwordAllowsMarks: true,
  passwordsRemembered: 1,
  mostPublicIds: 99,
  defaultAdHocLimit: 10_000,
  approvalHours: 24,
  daysOldKept: 0,
  sendsCodeByMail: false,
  mailRestHours: 24,
  holdsPowers: true,
  renewalDays: 30,
  firstReminderDays: 30,
  lastReminderDays: 10,
  alertBurstReissues: 3,
  alertBurstMinutes: 60,
  alertRepeatDays: 7,
  alertLifePercent: 50,
  alertRefusedEnrollments: 5,
  holidaysLoadedAt: null,
};
