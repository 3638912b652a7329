import type { Actor, Role } from "../../src/policy/Actor.js";

/** Somebody of this role, of contract `here` at bank `bank`, whose id is `self`. */
export function anActor(role: Role, changes: object = {}): Actor {
  const somebody = { userId: "self", loginId: "self01", bankId: "bank", sessionId: "session", origin: { requestId: "test", address: null } };
  return { role, ...somebody, contractId: role === "BANK_OPERATOR" ? null : "here", ...changes } as Actor;
}
