import { Column, Entity, Index, PrimaryColumn, Unique } from "typeorm";
import { InstantColumn, LongTextColumn, NumberColumn, ReferenceColumn } from "../foundation/database/columns.js";

// By what the history is proven. What is hashed, and how: docs/history-format.md.

/** The chain of entries of which not even the bank is known. Every bank has a chain of its own, by its id. */
export const NO_BANKS_CHAIN = "0".repeat(26);

/** An entry that is written and not yet sealed. Written with it, gone with its seal. */
@Entity("pending_seals")
@Index("ix_pending_seals_chain", ["chainId", "recordId"])
export class PendingSeal {
  @PrimaryColumn({ type: "char", length: 26, name: "record_id" }) recordId!: string;
  @ReferenceColumn({ name: "chain_id" }) chainId!: string;
}

/** Where a chain ends. Of any number of sealers one moves it on: by compare-and-set. */
@Entity("history_heads")
export class ChainHead {
  @PrimaryColumn({ type: "char", length: 26, name: "chain_id" }) chainId!: string;
  /** How many entries are sealed. */
  @NumberColumn() size!: number;
  /** The last seal's head, hex. */
  @Column({ type: "char", length: 64 }) head!: string;
}

/** An entry's place in its chain, for good: the database refuses to change it. */
@Entity("history_seals")
@Unique("uq_history_seals_record", ["recordId"])
export class Seal {
  @PrimaryColumn({ type: "char", length: 26, name: "chain_id" }) chainId!: string;
  /** From 1. */
  @PrimaryColumn({ type: "integer" }) number!: number;
  @ReferenceColumn({ name: "record_id" }) recordId!: string;
  /** By which what is the bank's own is hidden in a customer's copy, hex; null where nothing is. */
  @Column({ type: "char", length: 32, nullable: true }) salt!: string | null;
  /** SHA-256 of the entry's canonical bytes, hex. */
  @Column({ type: "char", length: 64 }) leaf!: string;
  /** SHA-256 of the head before and this leaf, hex. */
  @Column({ type: "char", length: 64 }) head!: string;
}

/** The Merkle tree hash of 256 leaves, whole ones only: what proofs are made of without reading every leaf. */
@Entity("history_tiles")
export class Tile {
  @PrimaryColumn({ type: "char", length: 26, name: "chain_id" }) chainId!: string;
  /** From 0: leaves 256 × number to 256 × number + 255. */
  @PrimaryColumn({ type: "integer" }) number!: number;
  @Column({ type: "char", length: 64 }) root!: string;
}

/** A signed statement of how a chain stood. */
@Entity("history_checkpoints")
export class Checkpoint {
  @PrimaryColumn({ type: "char", length: 26, name: "chain_id" }) chainId!: string;
  @PrimaryColumn({ type: "integer" }) size!: number;
  @InstantColumn() at!: Date;
  /** A signed note (C2SP tlog-checkpoint). */
  @LongTextColumn() note!: string;
}
