import type { Safekeeping } from "../../src/foundation/safekeeping.js";
import { MailRefused, type Mail, type Mailer } from "../../src/notices/mailer.js";

/** A safekeeping in memory. */
export function memorySafekeeping(): Safekeeping {
  const kept = new Map<string, string>();
  const numbers = new Map<string, number>();
  return {
    folder: "memory",
    appendCheckpoint: (chainId, note) => { kept.set(chainId, `${kept.get(chainId) ?? ""}${note}\n`); },
    checkpoints: (chainId) => kept.get(chainId) ?? "",
    chains: () => [...kept.keys()],
    keepCrlNumber: (issuer, number) => { numbers.set(issuer, Math.max(number, numbers.get(issuer) ?? 0)); },
    crlNumbers: () => numbers,
    key: () => undefined,
    writeKey: () => undefined,
    setAside: () => {
      kept.clear();
      numbers.clear();
    },
  };
}

/** A mailer that keeps what it was given, and may be told to fail. */
export class MemoryMailer implements Mailer {
  readonly sent: Mail[] = [];
  fails: "NEVER" | "NOW" | "FOR_GOOD" = "NEVER";

  send(mail: Mail): Promise<void> {
    if (this.fails === "FOR_GOOD") return Promise.reject(new MailRefused("refused by the server", { cause: new Error("550 no such user") }));
    if (this.fails === "NOW") return Promise.reject(new Error("connection refused"));
    this.sent.push(mail);
    return Promise.resolve();
  }

  close(): void {
    // nothing is held
  }
}
