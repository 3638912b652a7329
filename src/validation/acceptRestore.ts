import "reflect-metadata";
import { X509Certificate, X509Crl, X509CrlReason } from "@peculiar/x509";
import { In } from "typeorm";
import { Issuer } from "../authorities/Issuer.js";
import { Certificate } from "../certificates/Certificate.js";
import { revoke } from "../certificates/certificateStore.js";
import type { Desk } from "../foundation/desk.js";
import { newId } from "../foundation/ids.js";
import { OperatorError } from "../foundation/OperatorError.js";
import type { Safekeeping } from "../foundation/safekeeping.js";
import { audited } from "../history/audited.js";
import type { ChainState } from "../history/checkpointNote.js";
import { newestKept } from "../history/checkpoints.js";
import { ChainHead, NO_BANKS_CHAIN, Seal } from "../history/Seal.js";
import { Bank } from "../identity/Bank.js";
import { endSessions } from "../identity/sessions.js";
import { User } from "../identity/User.js";
import { crlReasons, type CrlReason } from "../pki/crlReasons.js";
import { parseSerialNumber } from "../pki/serialNumber.js";
import { newestCrl, storeCrl } from "./crlStore.js";

interface GivenList {
  file: string;
  content: Buffer;
}

/**
 * Accepts that a restored database has lost something: revokes what the newest published lists say is revoked, takes over
 * their numbers, withdraws every opening (its code may have been used since, its serial be somebody's), and enters into the
 * history how much of it is gone. A history that is another one, not just a shorter one, only where that is meant. Says what it did. Refuses (OperatorError) as long as the
 * list of a CA that is behind isn't among those given: without it something revoked would be good again.
 */
export async function acceptRestore(desk: Desk, safekeeping: Safekeeping, lists: readonly GivenList[], { acceptsOther = false } = {}): Promise<string[]> {
  const losses = await lossesOf(desk, safekeeping, acceptsOther);
  const given = await Promise.all(lists.map(({ file, content }) => readList(desk, file, content)));
  const behind = await issuersBehind(desk, safekeeping);
  const missing = behind.filter(({ issuer, kept }) => !given.some((list) => list.issuer.id === issuer.id && list.number >= kept));
  if (missing.length > 0) {
    const needed = missing.map(({ issuer, kept }) => `the revocation list of ${issuer.name} with the number ${String(kept)} or a higher one is needed`);
    throw new OperatorError([...needed, "nothing was changed"].join("; "));
  }
  if (behind.length === 0 && losses.length === 0) throw new OperatorError("the database isn't behind what is kept of it: nothing was changed");
  const said: string[] = [];
  for (const list of given) said.push(await replay(desk, list));
  said.push(await withdrawOpen(desk));
  said.push(...(await enterLosses(desk, losses)));
  safekeeping.setAside(`before-${desk.clock.now().toISOString().replace(/[:.]/g, "-")}`);
  said.push(`What was kept in ${safekeeping.folder} goes on under another name. Start the server.`);
  return said;
}

async function issuersBehind(desk: Desk, safekeeping: Safekeeping): Promise<{ issuer: Issuer; kept: number }[]> {
  const behind: { issuer: Issuer; kept: number }[] = [];
  for (const [name, kept] of safekeeping.crlNumbers()) {
    const issuer = await desk.db.reads.findOneBy(Issuer, { name });
    if (!issuer) throw new OperatorError(`the database doesn't know the CA ${name}: restore a backup that does`);
    if (((await newestCrl(desk, issuer.id))?.number ?? 0) < kept) behind.push({ issuer, kept });
  }
  return behind;
}

type ReadList = GivenList & { crl: X509Crl; issuer: Issuer; number: number };

async function readList(desk: Desk, file: string, content: Buffer): Promise<ReadList> {
  let crl: X509Crl;
  try {
    crl = new X509Crl(content.includes("-----BEGIN") ? content.toString("utf8") : content);
  } catch (cause) {
    throw new OperatorError(`${file} is no revocation list`, { cause });
  }
  for (const issuer of await desk.db.reads.find(Issuer)) {
    if (await crl.verify({ publicKey: new X509Certificate(issuer.certificate) })) return { file, content: Buffer.from(crl.rawData), crl, issuer, number: numberOf(crl) };
  }
  throw new OperatorError(`${file} isn't signed by any CA of this database`);
}

/** RFC 5280 §5.2.3: an INTEGER inside the extension. */
function numberOf(crl: X509Crl): number {
  const value = Buffer.from(crl.extensions.find(({ type }) => type === "2.5.29.20")?.value ?? new ArrayBuffer(0));
  return value.length > 2 ? Number(BigInt(`0x${value.subarray(2).toString("hex")}`)) : 0;
}

async function replay(desk: Desk, { crl, issuer, number, content }: ReadList): Promise<string> {
  const now = desk.clock.now();
  let revoked = 0;
  let unknown = 0;
  for (const entry of crl.entries) {
    const serialNumber = parseSerialNumber(entry.serialNumber);
    const certificate = serialNumber === undefined ? null : await desk.db.reads.findOneBy(Certificate, { issuerId: issuer.id, serialNumber });
    if (!certificate) unknown++;
    else if (certificate.state !== "REVOKED") {
      await revokeAgain(desk, certificate, reasonOf(entry.reason), entry.revocationDate);
      revoked++;
    }
  }
  const newest = await newestCrl(desk, issuer.id);
  if ((newest?.number ?? 0) < number) {
    const compromised = crl.entries.filter(({ reason }) => reason === X509CrlReason.keyCompromise).length;
    const facts = { id: newId(now), issuerId: issuer.id, number, thisUpdate: crl.thisUpdate, nextUpdate: crl.nextUpdate ?? crl.thisUpdate, expiredBefore: null, entries: crl.entries.length, compromised };
    await storeCrl(desk, facts, [content]);
  }
  const lost = unknown === 0 ? "" : `; ${String(unknown)} serials on it are of certificates that this database doesn't know: nobody can sign in with them, but lists won't name them any more`;
  return `${issuer.name}: list ${String(number)} taken over, ${String(revoked)} certificates revoked again${lost}.`;
}

async function revokeAgain(desk: Desk, { id, userId, contractId, bankId, serialNumber }: Certificate, reason: CrlReason, revokedAt: Date): Promise<void> {
  const by = { userId: null, loginId: null, contractId, bankId };
  await audited(desk, { action: "DATABASE_RESTORE", origin: ORIGIN, by, targetUserId: userId }, async (tx, findings) => {
    const target = await tx.findOneByOrFail(User, { id: userId });
    const certificate = await tx.findOneByOrFail(Certificate, { id });
    Object.assign(findings, { target, certificateId: id, before: { serialNumber, state: certificate.state } });
    await revoke(tx, certificate, reason, revokedAt);
    await tx.increment(User, { id: userId }, "version", 1);
    await endSessions(tx, userId, "CERTIFICATE_REVOKED", desk.clock.now());
    findings.after = { serialNumber, state: "REVOKED", revokedAt, revocationReason: reason };
  });
}

const ORIGIN = { requestId: "command:restored", address: null };

interface Loss {
  chainId: string;
  kept: ChainState;
  size: number;
}

/** The chains that lack what was kept of them, or say something else. */
async function lossesOf({ db }: Desk, safekeeping: Safekeeping, acceptsOther: boolean): Promise<Loss[]> {
  const losses: Loss[] = [];
  for (const chainId of safekeeping.chains()) {
    const kept = newestKept(safekeeping, chainId);
    if (!kept || kept.size === 0) continue;
    const size = (await db.reads.findOneBy(ChainHead, { chainId }))?.size ?? 0;
    const seal = await db.reads.findOneBy(Seal, { chainId, number: kept.size });
    if (seal?.head === kept.head.toString("hex")) continue;
    if (size >= kept.size && !acceptsOther) {
      throw new OperatorError(`the history of ${kept.bankCode} isn't a shorter one but another one: somebody changed it. Nothing was changed. If you mean to go on with it: --accept-other-history`);
    }
    losses.push({ chainId, kept, size });
  }
  return losses;
}

/** How much of each chain is gone: in the chain itself, for whoever reads it later. */
async function enterLosses(desk: Desk, losses: readonly Loss[]): Promise<string[]> {
  const said: string[] = [];
  for (const { chainId, kept, size } of losses) {
    const bankId = chainId === NO_BANKS_CHAIN || (await desk.db.reads.countBy(Bank, { id: chainId })) === 0 ? null : chainId;
    const by = { userId: null, loginId: null, contractId: null, bankId };
    await audited(desk, { action: "DATABASE_RESTORE", origin: ORIGIN, by }, (_tx, findings) => {
      findings.before = { bank: kept.bankCode, size: kept.size, head: kept.head.toString("hex"), at: kept.at };
      findings.after = { size };
      return Promise.resolve();
    });
    said.push(size < kept.size
      ? `The history of ${kept.bankCode}: ${String(kept.size - size)} entries are lost, and it says so.`
      : `The history of ${kept.bankCode} is another one than it was, and it says so.`);
  }
  return said;
}

/** A code that was used since the backup would be good again, and a second certificate bear the serial of the first. */
async function withdrawOpen(desk: Desk): Promise<string> {
  const open = await desk.db.reads.findBy(Certificate, { state: In(["PENDING", "SIGNING"]) });
  for (const certificate of open) await revokeAgain(desk, certificate, "SUPERSEDED", desk.clock.now());
  return `${String(open.length)} openings were withdrawn: their holders have them reissued.`;
}

function reasonOf(reason: X509CrlReason | undefined): CrlReason {
  const known = (Object.keys(crlReasons) as CrlReason[]).find((name) => crlReasons[name] === (reason as number | undefined));
  return known ?? "UNSPECIFIED";
}
