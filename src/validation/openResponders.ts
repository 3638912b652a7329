import type { IssuerInUse } from "../authorities/Issuers.js";
import { DAY, MINUTE, SECOND, later } from "../foundation/clock.js";
import { coalesced } from "../foundation/coalesced.js";
import { repeatable } from "../foundation/database/Database.js";
import type { Desk } from "../foundation/desk.js";
import { newId } from "../foundation/ids.js";
import { withinTime } from "../foundation/withinTime.js";
import { ocspSigner, signed, validityFrom } from "../pki/certificateProfile.js";
import { ocspSignerName } from "../pki/names.js";
import { ocspResponder, type OcspResponder } from "../pki/ocspResponse.js";
import { newSerialNumber } from "../pki/serialNumber.js";
import { keySigner, newKey } from "../pki/Signer.js";
import { OcspSigner } from "./OcspSigner.js";

const VALID_DAYS = 7;
const RENEWED_AFTER = (VALID_DAYS / 2) * DAY;
const TRIED_AGAIN_AFTER = 10 * SECOND;
const LONGEST_SIGNING_MS = 10 * SECOND;

export interface ResponderInUse extends OcspResponder {
  notAfter: Date;
}

/** Who answers OCSP requests in a CA's name. */
export interface Responders {
  of(issuer: IssuerInUse): Promise<ResponderInUse>;
  /** Until when the signer is good that answers in this process, by the CA's name; of those that were asked for within the hour: others needn't be renewed. */
  ends(): ReadonlyMap<string, Date>;
}

/**
 * One signer a CA and process, made when it is first needed and anew after half of its life. Its key is made here and
 * never leaves the process's memory: it is worth little, for a short time, so it is never stored.
 */
export function openResponders(desk: Desk): Responders {
  const offices = new Map<string, () => Promise<ResponderInUse>>();
  const uses = new Map<string, { asked: Date; end: Date }>();
  const officeOf = (issuer: IssuerInUse) => {
    let inUse: { responder: ResponderInUse; renewAt: Date } | undefined;
    let failed: { error: unknown; until: Date } | undefined;

    const renewed = coalesced(async () => {
      const now = desk.clock.now();
      if (inUse && now < inUse.renewAt) return inUse.responder; // by whoever came before
      if (failed && now < failed.until) throw failed.error; // not tried for everybody who asks: each try is a row
      try {
        const responder = await withinTime(makeResponder(desk, issuer, now), LONGEST_SIGNING_MS, "an OCSP signer");
        inUse = { responder, renewAt: later(now, RENEWED_AFTER) };
        uses.set(issuer.label, { asked: now, end: responder.notAfter });
        return inUse.responder;
      } catch (error) {
        failed = { error, until: later(now, TRIED_AGAIN_AFTER) };
        desk.log.error({ issuer: issuer.label, err: error }, "an OCSP signer can't be made; an old one goes on while it is valid");
        throw error;
      }
    });
    return () => {
      const now = desk.clock.now();
      const use = uses.get(issuer.label);
      if (use) use.asked = now;
      if (inUse && now < inUse.renewAt) return Promise.resolve(inUse.responder);
      const renewing = renewed();
      if (!inUse || now > inUse.responder.notAfter) return renewing;
      renewing.catch(() => undefined); // it is in the log; meanwhile the old one answers, and nobody waits
      return Promise.resolve(inUse.responder);
    };
  };
  return {
    of: (issuer) => {
      const office = offices.get(issuer.id) ?? officeOf(issuer);
      offices.set(issuer.id, office);
      return office();
    },
    ends: () => {
      const anHourAgo = later(desk.clock.now(), -60 * MINUTE);
      return new Map([...uses].filter(([, { asked }]) => asked > anHourAgo).map(([label, { end }]) => [label, end]));
    },
  };
}

/** Three steps, like an enrollment: the bytes to be signed are on record, then signed, then the result is on record. */
async function makeResponder({ db }: Desk, issuer: IssuerInUse, now: Date): Promise<ResponderInUse> {
  const signer = keySigner(newKey("P-256"));
  const serialNumber = newSerialNumber();
  const validity = validityFrom(now, VALID_DAYS, issuer.name);
  const subject = ocspSignerName(issuer.label);
  const toBeSigned = ocspSigner({ serialNumber, subject, spki: signer.publicKey, ...validity }, issuer.name);

  const id = newId(now);
  const intent: OcspSigner = { id, issuerId: issuer.id, serialNumber, toBeSigned, ...validity, certificate: null };
  await db.transaction((tx) => tx.insert(OcspSigner, intent), { isDone: async (reads) => (await reads.countBy(OcspSigner, { id })) > 0 });
  const certificate = await signed(toBeSigned, "OCSP_SIGNER", issuer);
  await db.transaction((tx) => tx.update(OcspSigner, { id }, { certificate }), repeatable);
  return { ...ocspResponder(certificate, signer), notAfter: validity.notAfter };
}
