import type { EntityManager } from "typeorm";
import { Company, UserCompany } from "./Company.js";

/** Of these ids, those of the contract's own companies. */
export async function companiesAmong(tx: EntityManager, contractId: string, ids: readonly string[] = []): Promise<Map<string, Company>> {
  if (ids.length === 0) return new Map();
  const named = new Set(ids);
  const own = await tx.findBy(Company, { contractId }); // not by the ids: a request may name any number of them
  return new Map(own.filter(({ id }) => named.has(id)).map((company) => [company.id, company]));
}

/** The codes of the companies that a user may act for, for the history. */
export async function companyCodesOf(tx: EntityManager, userId: string): Promise<string[]> {
  const rows = await tx.query<{ code: string }[]>(
    "SELECT k.code FROM user_companies uc JOIN companies k ON k.id = uc.company_id WHERE uc.user_id = ? ORDER BY k.code",
    [userId],
  );
  return rows.map(({ code }) => code);
}

/** 利用企業: these companies and no others. */
export async function selectCompanies(tx: EntityManager, userId: string, companyIds: readonly string[]): Promise<void> {
  await tx.delete(UserCompany, { userId });
  const chosen = [...new Set(companyIds)].map((companyId) => ({ userId, companyId }));
  if (chosen.length > 0) await tx.insert(UserCompany, chosen);
}
