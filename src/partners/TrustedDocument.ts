import { Entity, PrimaryColumn } from "typeorm";
import { InstantColumn, LongTextColumn, TextColumn } from "../foundation/database/columns.js";

/** An operation that a client registered, to be sent by its hash alone. */
@Entity("trusted_documents")
export class TrustedDocument {
  /** As it names itself: apollographql-client-name. */
  @PrimaryColumn({ type: "varchar", length: 64 }) client!: string;
  /** Of the document's text, hex. */
  @PrimaryColumn({ type: "char", length: 64 }) sha256!: string;
  /** The operation's name. */
  @TextColumn(100) name!: string;
  @LongTextColumn() document!: string;
  @InstantColumn({ name: "registered_at" }) registeredAt!: Date;
}
