import { Entity, Index, PrimaryColumn } from "typeorm";
import { NumberColumn } from "./database/columns.js";

/** How much of a rate was taken in a minute, by all processes together. */
@Entity("rate_counts")
@Index("ix_rate_counts_minute", ["minute"])
export class RateCount {
  /** SHA-256 of the rate's name and whom it counts: nobody's address stands here. */
  @PrimaryColumn({ type: "char", length: 64 }) subject!: string;
  /** Since 1970. */
  @PrimaryColumn({ type: "integer" }) minute!: number;
  @NumberColumn() taken!: number;
}
