import { Entity, PrimaryColumn } from "typeorm";

/**
 * What users are found by: a piece of a user's `searchText`, and who has it, in the order in which users are listed. For a
 * whole bank, where looking at everybody would take as long as there are users.
 */
@Entity("user_grams", { withoutRowid: true })
export class UserGram {
  @PrimaryColumn({ type: "char", length: 26, name: "bank_id" }) bankId!: string;
  @PrimaryColumn({ type: "varchar", length: 4 }) gram!: string;
  /** Unique in its bank, and it never changes. */
  @PrimaryColumn({ type: "varchar", length: 12, name: "login_id" }) loginId!: string;
}
