import { OperatorError } from "./OperatorError.js";

/** A value in the environment that can't be used: the start stops with its name and what is expected. */
export class ConfigError extends OperatorError {
  constructor(readonly variable: string, expected: string) {
    super(`${variable}: expected ${expected}`);
    this.name = "ConfigError";
  }
}

/** What the environment says; an empty variable is one that isn't set. */
export type Environment = Readonly<Record<string, string | undefined>>;

export function flag(env: Environment, name: string, otherwise: boolean): boolean {
  return oneOf(env, name, ["0", "1"] as const, otherwise ? "1" : "0") === "1";
}

export function oneOf<T extends string>(env: Environment, name: string, allowed: readonly T[], otherwise: T): T {
  const value = env[name] ?? otherwise;
  const found = allowed.find((candidate) => candidate === value);
  if (found === undefined) throw new ConfigError(name, `one of ${allowed.join(", ")}`);
  return found;
}

const audiences = ["all", "operators", "nobody"] as const;

/** For whom something is there: everybody, the bank's operators alone, or nobody. */
export type Audience = (typeof audiences)[number];

/** `1` and `0` are all and nobody: so it was said before there were operators to choose. */
export function audience(env: Environment, name: string, otherwise: Audience): Audience {
  const value = env[name];
  if (value === "1") return "all";
  return value === "0" ? "nobody" : oneOf(env, name, audiences, otherwise);
}

export function whole(env: Environment, name: string, otherwise: number, least: number, most: number): number {
  const value = env[name];
  if (value === undefined) return otherwise;
  const number = Number(value);
  if (!/^\d+$/.test(value) || number < least || number > most) {
    throw new ConfigError(name, `a whole number from ${String(least)} to ${String(most)}`);
  }
  return number;
}
