import { fork, type ChildProcess } from "node:child_process";
import { join } from "node:path";
import type { Load } from "./client.js";

/** A client in a process of its own. */
export class Client {
  private readonly child: ChildProcess = fork(join(import.meta.dirname, "client.js"));

  /** What comes of measuring while all of it is asked: handing it over to the client isn't part of that. */
  async ask<T>(load: Load, measure: (asking: () => Promise<void>) => Promise<T>): Promise<T> {
    await this.said(load, "ready");
    return measure(() => this.said("go", "done"));
  }

  close(): void {
    this.child.kill();
  }

  private async said(message: Load | "go", expected: string): Promise<void> {
    const answered = new Promise<unknown>((resolve) => this.child.once("message", resolve));
    this.child.send(message);
    const said = await answered;
    if (said !== expected) throw new Error(String(said));
  }
}
