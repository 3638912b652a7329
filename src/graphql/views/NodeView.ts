import { Field, ID, InterfaceType } from "type-graphql";

@InterfaceType("Node", { description: "Something with an id of its own, to be fetched again by `node`." })
export abstract class NodeView {
  @Field(() => ID, { description: "Global and opaque: a short kind and a ULID." })
  id!: string;
}
