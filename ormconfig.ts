import "reflect-metadata";
import { TheHouse1790000000001 } from "./migrations/1790000000001-TheHouse.js";
import { RelyingParties1790000000002 } from "./migrations/1790000000002-RelyingParties.js";
import { IdMaintenance1790000000003 } from "./migrations/1790000000003-IdMaintenance.js";
import { ProvableHistory1790000000004 } from "./migrations/1790000000004-ProvableHistory.js";
import { Partners1790000000005 } from "./migrations/1790000000005-Partners.js";
import { Growth1790000000006 } from "./migrations/1790000000006-Growth.js";
import { QuickDeeds1790000000007 } from "./migrations/1790000000007-QuickDeeds.js";
import { Issuer } from "./src/authorities/Issuer.js";
import { BankHoliday, ClosedDay } from "./src/calendar/ClosedDays.js";
import { Certificate, CertifiedKey } from "./src/certificates/Certificate.js";
import { ApprovalRequest } from "./src/desk/ApprovalRequest.js";
import { readConfig } from "./src/foundation/config.js";
import { dataSourceFor, type Model } from "./src/foundation/database/dataSource.js";
import { RateCount } from "./src/foundation/RateCount.js";
import { Alert, AlertAcknowledgement } from "./src/history/Alert.js";
import { ChainHead, Checkpoint, PendingSeal, Seal, Tile } from "./src/history/Seal.js";
import { IdempotencyKey, UsageRecord } from "./src/history/UsageRecord.js";
import { Bank } from "./src/identity/Bank.js";
import { BankOperator, OperatorSession } from "./src/identity/BankOperator.js";
import { Contract } from "./src/identity/Contract.js";
import { FormerPassword, Password } from "./src/identity/Password.js";
import { Session } from "./src/identity/Session.js";
import { User } from "./src/identity/User.js";
import { UserGram } from "./src/identity/UserGram.js";
import { Notice } from "./src/notices/Notice.js";
import { TrustedDocument } from "./src/partners/TrustedDocument.js";
import { Company, UserCompany } from "./src/users/Company.js";
import { Crl, CrlPart } from "./src/validation/Crl.js";
import { OcspSigner } from "./src/validation/OcspSigner.js";

const model: Model = {
  entities: [
    Bank, Contract, User, Password, Session, Company, UserCompany, Issuer, Certificate, CertifiedKey, UsageRecord, IdempotencyKey,
    Crl, CrlPart, OcspSigner, Alert, AlertAcknowledgement, FormerPassword, BankOperator, OperatorSession, ApprovalRequest, BankHoliday, ClosedDay,
    PendingSeal, ChainHead, Seal, Tile, Checkpoint, Notice, RateCount, TrustedDocument, UserGram,
  ],
  migrations: [
    TheHouse1790000000001, RelyingParties1790000000002, IdMaintenance1790000000003, ProvableHistory1790000000004, Partners1790000000005, Growth1790000000006,
    QuickDeeds1790000000007,
  ],
};

/** The DataSource of the environment, for the TypeORM command line and for the server. */
export default await dataSourceFor(readConfig(process.env).database, model);
