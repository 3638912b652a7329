import { randomUUID } from "node:crypto";
import type { Agent } from "node:http";
import type { Agent as SecureAgent } from "node:https";
import { setTimeout as pause } from "node:timers/promises";
import { ask, fieldOf } from "./ask.js";

const USERS = "query ($text: String) { users(filter: { text: $text }) { nodes { id version } } }";
const REISSUE = `mutation ($input: ReissueCertificateInput!) { reissueCertificate(input: $input) {
  user { version } certificate { id } userErrors { code } } }`;

/** Between an answer and the next request: the load is constant, and whoever starts meanwhile gets ahead. */
const THINKING_MS = 15;

/** Of one caller, until it is told to stop. */
export interface Chain {
  /** In their order. */
  certificateIds: string[];
  /** Whatever wasn't a success, as it came. */
  faults: string[];
}

/**
 * Reissues one user's certificate over and over, each time from the version that the answer before showed: one that was lost
 * or done twice would make the next a CONFLICT.
 */
export async function chainedReissues(base: string, { token, loginId, agent, isOver }: Caller): Promise<Chain> {
  const { certificateIds, faults }: Chain = { certificateIds: [], faults: [] };
  const { nodes: [user] } = fieldOf<{ nodes: { id: string; version: number }[] }>(await ask(base, { query: USERS, variables: { text: loginId }, token, agent }), "users");
  for (let version = user?.version; !isOver(); ) {
    try {
      const input = { userId: user?.id, expectedVersion: version, idempotencyKey: randomUUID() };
      const told = await ask(base, { query: REISSUE, variables: { input }, token, agent });
      const { user: after, certificate, userErrors } = fieldOf<{ user: { version: number } | null; certificate: { id: string }; userErrors: object[] }>(told, "reissueCertificate");
      if (!after) throw new Error(JSON.stringify(userErrors));
      certificateIds.push(certificate.id);
      version = after.version;
      await pause(THINKING_MS);
    } catch (error) {
      faults.push(`reissue: ${String(error)}`);
      break;
    }
  }
  return { certificateIds, faults };
}

/** Reads a page over and over; tells how often, and whatever wasn't a success. */
export async function repeatedReads(base: string, { token, agent, isOver }: Omit<Caller, "loginId">): Promise<{ reads: number; faults: string[] }> {
  const faults: string[] = [];
  let reads = 0;
  for (; !isOver(); reads++) {
    try {
      fieldOf(await ask(base, { query: USERS, token, agent }), "users");
      await pause(THINKING_MS);
    } catch (error) {
      faults.push(`read: ${String(error)}`);
    }
  }
  return { reads, faults };
}

export interface Caller {
  token: string;
  loginId: string;
  agent: Agent | SecureAgent;
  isOver: () => boolean;
}
