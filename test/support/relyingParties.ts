import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { ListeningHouse, type Enrolled, type HolderKey } from "./ListeningHouse.js";

// What every program that isn't ours is shown beside the ordinary credentials.

/** The CA's key and its holders': each kind of both. */
export const keyKinds: { caKey: HolderKey; holderKey: HolderKey }[] = [
  { caKey: "P-256", holderKey: "RSA-3072" },
  { caKey: "RSA-3072", holderKey: "P-256" },
];

/** Within which a test ends that makes RSA keys or starts many programs, on a machine that has other work, too. */
export const LONG_MS = 120_000;

interface Shown {
  listening: ListeningHouse;
  active: Enrolled[];
  revoked: Enrolled[];
}

/**
 * Serials that careless readers take for negative, shorten or lengthen: the longest there may be, one with the top bit set
 * in its second octet, and one with it in its first, which DER writes with a zero before it. Beside each that is revoked,
 * one that must go on being good though it is almost the same.
 */
const awkwardSerials = {
  revoked: [`7f${"ff".repeat(19)}`, `01${"ff".repeat(16)}`, "ff".repeat(16), `80${"00".repeat(15)}`],
  active: [`7f${"ff".repeat(18)}fe`, `01${"ff".repeat(15)}fe`, `${"ff".repeat(15)}fe`, "01"],
};

export async function openWithAwkwardSerials(): Promise<Shown & { serials: string[] }> {
  const { revoked, active } = awkwardSerials;
  const listening = await ListeningHouse.open({ serials: [...revoked, ...active] });
  const all: Enrolled[] = [];
  for (const serial of [...revoked, ...active]) all.push(await listening.somebody(serial));
  const [lost, kept] = [all.slice(0, revoked.length), all.slice(revoked.length)];
  for (const { certificateId } of lost) await listening.revoke(certificateId);
  return { listening, active: kept, revoked: lost, serials: revoked };
}

export const MANY = 20_000;

/** A house with an empty CRL. After `fill` there are 20,000 on it and, among them, this revoked one. */
export async function openBeforeManyRevocations(): Promise<{ listening: ListeningHouse; active: Enrolled; lost: Enrolled; fill: () => Promise<void> }> {
  const listening = await ListeningHouse.open();
  const active = await listening.somebody("active");
  const lost = await listening.somebody("lost");
  const fill = async () => {
    await listening.revokeMany(MANY / 2, active);
    await listening.revoke(lost.certificateId);
    await listening.revokeMany(MANY / 2 - 1, active);
  };
  return { listening, active, lost, fill };
}

interface Generation {
  /** The CA's own certificate. */
  issuing: string;
  active: Enrolled;
  revoked: Enrolled;
}

/** A bank whose CA was followed by another: the old one first. */
export async function openRotated(): Promise<{ listening: ListeningHouse; generations: readonly [Generation, Generation] }> {
  const listening = await ListeningHouse.open();
  const pairOf = async (generation: string) => {
    const [active, revoked] = [await listening.somebody(`${generation}-active`), await listening.somebody(`${generation}-revoked`)];
    return { active, revoked };
  };
  const old = { issuing: listening.file("issuing.pem"), ...(await pairOf("old")) };
  const fresh = { issuing: await listening.rotate(), ...(await pairOf("new")) };
  for (const { revoked } of [old, fresh]) await listening.revoke(revoked.certificateId);
  return { listening, generations: [old, fresh] };
}

/** A responder that gives everybody the same answer, as a thief of one would. */
export async function openParrot(answer: Buffer): Promise<{ url: string; close: () => Promise<void> }> {
  const server = createServer((_request, response) => {
    response.writeHead(200, { "content-type": "application/ocsp-response", "content-length": answer.length });
    response.end(answer);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  server.unref(); // a test that fails before it closes it ends all the same
  const { port } = server.address() as AddressInfo;
  const close = () => new Promise<void>((resolve) => {
    server.close(() => { resolve(); });
    server.closeAllConnections();
  });
  return { url: `http://127.0.0.1:${String(port)}/`, close };
}
