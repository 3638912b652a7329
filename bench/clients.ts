import { fork, type ChildProcess } from "node:child_process";
import { join } from "node:path";
import type { Load } from "./client.js";

/** A client in a process of its own. */
export class Client {
  private readonly child: ChildProcess = fork(join(import.meta.dirname, "client.js"));

  async ask(load: Load): Promise<void> {
    const answered = new Promise<unknown>((resolve) => this.child.once("message", resolve));
    this.child.send(load);
    const said = await answered;
    if (said !== "done") throw new Error(String(said));
  }

  close(): void {
    this.child.kill();
  }
}
