import { Entity, ForeignKey, PrimaryColumn } from "typeorm";
import { TextColumn } from "../foundation/database/columns.js";
import { Bank } from "../identity/Bank.js";
import { Contract } from "../identity/Contract.js";

/** A day on which the bank is closed, beside Saturdays and Sundays: Japan's holidays, the turn of the year. */
@Entity("bank_holidays")
export class BankHoliday {
  @ForeignKey(() => Bank, { name: "fk_bank_holidays_bank", onDelete: "NO ACTION", onUpdate: "NO ACTION" })
  @PrimaryColumn({ type: "char", length: 26, name: "bank_id" }) bankId!: string;
  /** YYYY-MM-DD, in Japan. */
  @PrimaryColumn({ type: "char", length: 10 }) day!: string;
  @TextColumn(60) name!: string;
}

/** A day on which the contract's own people don't work. */
@Entity("closed_days")
export class ClosedDay {
  @ForeignKey(() => Contract, { name: "fk_closed_days_contract", onDelete: "NO ACTION", onUpdate: "NO ACTION" })
  @PrimaryColumn({ type: "char", length: 26, name: "contract_id" }) contractId!: string;
  /** YYYY-MM-DD, in Japan. */
  @PrimaryColumn({ type: "char", length: 10 }) day!: string;
  @TextColumn(60) name!: string;
}
