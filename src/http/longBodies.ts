import type { FastifyReply, FastifyRequest } from "fastify";
import { overloaded } from "./turns.js";

declare module "fastify" {
  interface FastifyRequest {
    /** Of one with a long body: gives its place back, once, for what was read is let go of. */
    leavePlace?: () => void;
  }
}

const LONG = 64 * 1024; // bytes
const MOST = 32;
const MOST_OF_ONE = 16;

/**
 * Bounds what long bodies take of memory: so many requests with one, or with one of unknown length, are there at a time,
 * from before they are read until they are answered. OVERLOADED beyond.
 */
export function openLongBodies(): (whose: string, request: FastifyRequest, reply: FastifyReply) => void {
  const there = new Map<string, number>();
  let all = 0;

  return (whose, request, reply) => {
    const { headers } = request;
    if (headers["transfer-encoding"] === undefined && headers["content-encoding"] === undefined && Number(headers["content-length"] ?? 0) <= LONG) return;
    const own = there.get(whose) ?? 0;
    if (all >= MOST || own >= MOST_OF_ONE) throw overloaded();
    all++;
    there.set(whose, own + 1);
    let isThere = true;
    const leave = () => {
      if (!isThere) return;
      isThere = false;
      all--;
      const left = (there.get(whose) ?? 1) - 1;
      if (left === 0) there.delete(whose);
      else there.set(whose, left);
    };
    request.leavePlace = leave;
    reply.raw.once("finish", leave).once("close", leave);
  };
}
