import "reflect-metadata";
import { TheHouse1790000000001 } from "./migrations/1790000000001-TheHouse.js";
import { RelyingParties1790000000002 } from "./migrations/1790000000002-RelyingParties.js";
import { Issuer } from "./src/authorities/Issuer.js";
import { Certificate, CertifiedKey } from "./src/certificates/Certificate.js";
import { readConfig } from "./src/foundation/config.js";
import { dataSourceFor, type Model } from "./src/foundation/database/dataSource.js";
import { Alert } from "./src/history/Alert.js";
import { IdempotencyKey, UsageRecord } from "./src/history/UsageRecord.js";
import { Bank } from "./src/identity/Bank.js";
import { Contract } from "./src/identity/Contract.js";
import { Password } from "./src/identity/Password.js";
import { Session } from "./src/identity/Session.js";
import { User } from "./src/identity/User.js";
import { Company, UserCompany } from "./src/users/Company.js";
import { Crl, CrlPart } from "./src/validation/Crl.js";
import { OcspSigner } from "./src/validation/OcspSigner.js";

const model: Model = {
  entities: [
    Bank, Contract, User, Password, Session, Company, UserCompany, Issuer, Certificate, CertifiedKey, UsageRecord, IdempotencyKey,
    Crl, CrlPart, OcspSigner, Alert,
  ],
  migrations: [TheHouse1790000000001, RelyingParties1790000000002],
};

/** The DataSource of the environment, for the TypeORM command line and for the server. */
export default await dataSourceFor(readConfig(process.env).database, model);
