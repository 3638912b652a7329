import { Field, Int, ObjectType } from "type-graphql";
import type { AlertFacts } from "../../alerts/readAlerts.js";
import type { AlertKind, AlertSide } from "../../history/Alert.js";
import { AlertKindEnum, AlertSideEnum } from "../enums.js";
import { globalId } from "../globalId.js";
import { DateTime } from "../scalars.js";
import { NodeView } from "./NodeView.js";

@ObjectType("AlertAcknowledgement", { simpleResolvers: true, description: "That somebody has taken note of an alert." })
export class AlertAcknowledgementView {
  @Field(() => AlertSideEnum, { description: "For whom." }) side!: AlertSide;
  @Field(() => String, { nullable: true, description: "Who, as the login ID was then. Null to customers where it was the bank's staff." }) byLoginId!: string | null;
  @Field(() => String, { nullable: true, description: "Who, by name. Null to customers where it was the bank's staff." }) byName!: string | null;
  @Field(() => DateTime, { description: "When." }) at!: Date;
  @Field(() => String, { nullable: true, description: "What was noted beside it. Null where nothing was, and to customers where it was the bank's staff." }) note!: string | null;
}

@ObjectType("Alert", { implements: NodeView, simpleResolvers: true, description: "警告: something that Master and bank should look at." })
export class AlertView extends NodeView {
  @Field(() => AlertKindEnum, { description: "What." }) kind!: AlertKind;
  @Field(() => DateTime, { description: "When it happened first." }) raisedAt!: Date;
  @Field(() => DateTime, { description: "When it happened last." }) lastAt!: Date;
  @Field(() => Int, { description: "How many times, on the same occasion." }) times!: number;
  @Field({ description: "What was seen the first time: JSON, secrets never." }) evidence!: string;

  /** For the field resolvers; not in the schema. */
  facts!: AlertFacts;
}

export function alertView(facts: AlertFacts): AlertView {
  const { kind, raisedAt, lastAt, times, evidence } = facts;
  return Object.assign(new AlertView(), { id: globalId("Alert", facts.id), kind, raisedAt, lastAt, times, evidence, facts });
}
