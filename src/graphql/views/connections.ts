import { Field, Int, ObjectType, type ClassType } from "type-graphql";
import { encodeCursor, type Cursor } from "../../foundation/database/cursor.js";
import { MOST_COUNTED, type Count, type Page } from "../../foundation/database/keysetPage.js";
import { AlertView } from "./AlertView.js";
import { ApprovalRequestView } from "./ApprovalRequestView.js";
import { CertificateView } from "./CertificateView.js";
import { ContractView } from "./ContractView.js";
import { NoticeView } from "./NoticeView.js";
import { UsageRecordView } from "./UsageRecordView.js";
import { UserView } from "./UserView.js";

@ObjectType("PageInfo", { simpleResolvers: true, description: "Where a page stands in its list (Relay)." })
export class PageInfoView {
  @Field({ description: "There is more after this page." }) hasNextPage!: boolean;
  @Field({ description: "This page was asked for by a cursor, so there is something before it." }) hasPreviousPage!: boolean;
  @Field(() => String, { nullable: true, description: "The first row's cursor; null on an empty page." }) startCursor!: string | null;
  @Field(() => String, { nullable: true, description: "The last row's cursor, for `after`; null on an empty page." }) endCursor!: string | null;
}

const MOST = MOST_COUNTED.toLocaleString("en");

interface Edge<View> {
  cursor: string;
  node: View;
}

interface Connection<View> {
  nodes: View[];
  pageInfo: PageInfoView;
  /** What its edges are made of, when they are asked for. Not as a closure: by one over its rows each page outlived its request (decision 039). */
  rows: readonly unknown[];
  cursorOf: (row: never) => Cursor;
  count: () => Promise<Count>;
}

function connectionOf<View extends object>(name: string, node: ClassType<View>): ClassType<Connection<View>> {
  @ObjectType(`${name}Edge`, { simpleResolvers: true, description: `${/^[AEIO]/.test(name) ? "An" : "A"} ${name} in a list, with its place.` })
  class EdgeView {
    @Field({ description: "The place in the list, for `after`." }) cursor!: string;
    @Field(() => node, { description: `The ${name}.` }) node!: View;
  }

  @ObjectType(`${name}Connection`, { description: `A page of a list of ${name} (Relay).` })
  class ConnectionView {
    @Field(() => [EdgeView], { simple: true, description: "The rows with their cursors." })
    get edges(): Edge<View>[] { // most ask for the rows alone
      return this.nodes.map((view, index) => ({ cursor: encodeCursor(this.cursorOf(this.rows[index] as never)), node: view }));
    }

    @Field(() => [node], { simple: true, description: "The rows alone." }) nodes!: View[];
    @Field(() => PageInfoView, { simple: true, description: "Where this page stands." }) pageInfo!: PageInfoView;
    rows!: readonly unknown[];
    cursorOf!: (row: never) => Cursor;
    count!: () => Promise<Count>;

    @Field(() => Int, { description: `How many there are in all, by the same filter, up to ${MOST}: beyond it isn't counted, and \`isTotalCountCapped\` says so. Counted only when asked for.` })
    async totalCount(): Promise<number> {
      return (await this.count()).total;
    }

    @Field(() => Boolean, { description: `There are more than \`totalCount\` says (「${MOST}件以上」). Counted only when asked for.` })
    async isTotalCountCapped(): Promise<boolean> {
      return (await this.count()).isCapped;
    }
  }
  return ConnectionView;
}

export const UserConnection = connectionOf("User", UserView);
export const CertificateConnection = connectionOf("Certificate", CertificateView);
export const UsageRecordConnection = connectionOf("UsageRecord", UsageRecordView);
export const ContractConnection = connectionOf("Contract", ContractView);
export const AlertConnection = connectionOf("Alert", AlertView);
export const NoticeConnection = connectionOf("Notice", NoticeView);
export const ApprovalRequestConnection = connectionOf("ApprovalRequest", ApprovalRequestView);

/** A page of rows as a connection of its views. */
export function connection<Row, View extends object>(
  type: ClassType<Connection<View>>,
  page: Page<Row>,
  view: (row: Row) => View,
  cursorOf: (row: Row) => Cursor,
): Connection<View> {
  const { rows, hasNextPage, hasPreviousPage, count } = page;
  const placeOf = (row: Row | undefined) => (row === undefined ? null : encodeCursor(cursorOf(row)));
  const made = new type();
  made.nodes = rows.map(view);
  made.pageInfo = { hasNextPage, hasPreviousPage, startCursor: placeOf(rows.at(0)), endCursor: placeOf(rows.at(-1)) };
  made.rows = rows;
  made.cursorOf = cursorOf;
  made.count = count;
  return made;
}
