import "reflect-metadata";
import type { GraphQLSchema } from "graphql";
import { buildSchema } from "type-graphql";
import { describeOperations } from "./describeOperations.js";
import { quietEnums } from "./quietEnums.js";
import { CalendarResolver, CertificateCalendarResolver } from "./resolvers/CalendarResolver.js";
import { AlertResolver } from "./resolvers/AlertResolver.js";
import { ApprovalResolver } from "./resolvers/ApprovalResolver.js";
import { CertificateResolver } from "./resolvers/CertificateResolver.js";
import { CompanyResolver } from "./resolvers/CompanyResolver.js";
import { ContractResolver } from "./resolvers/ContractResolver.js";
import { ErrorCatalogResolver } from "./resolvers/ErrorCatalogResolver.js";
import { DeskResolver } from "./resolvers/DeskResolver.js";
import { HistoryResolver } from "./resolvers/HistoryResolver.js";
import { IdMaintenanceResolver } from "./resolvers/IdMaintenanceResolver.js";
import { NodeResolver } from "./resolvers/NodeResolver.js";
import { EndingCertificateResolver, ReissuePreviewResolver } from "./resolvers/ReissuePreviewResolver.js";
import { SessionResolver } from "./resolvers/SessionResolver.js";
import { UserResolver } from "./resolvers/UserResolver.js";
import { WatchResolver } from "./resolvers/WatchResolver.js";
import { DateTime } from "./scalars.js";

/** The contract as code. Throws where a query or a mutation has no line in the policy. */
export async function houseSchema(): Promise<GraphQLSchema> {
  const schema = await buildSchema({
    resolvers: [
      SessionResolver, UserResolver, IdMaintenanceResolver, CompanyResolver, CertificateResolver, HistoryResolver, NodeResolver, ContractResolver, DeskResolver, ApprovalResolver, CalendarResolver, CertificateCalendarResolver,
      ReissuePreviewResolver, EndingCertificateResolver, AlertResolver, WatchResolver, ErrorCatalogResolver,
    ],
    scalarsMap: [{ type: Date, scalar: DateTime }],
    validate: false, // the use cases do, on what they load
  });
  describeOperations(schema);
  quietEnums(schema);
  return schema;
}
