import { Agent, request } from "node:http";
import { atOnce } from "./rounds.js";

/** What a server is asked: by another process, so that its CPU time is the server's alone. */
export interface Load {
  url: string;
  lanes: number;
  requests: { headers: Record<string, string>; body: string }[];
  /** Base64 of DER where it isn't text. */
  isBinary?: boolean;
  /** What the answer of one that succeeded has in it. */
  expects: string;
}

let load: Load | undefined;

process.on("message", (message: Load | "go") => {
  if (message !== "go") {
    load = message;
    process.send?.("ready");
  } else if (load) {
    run(load);
  }
});

function run(load: Load): void {
  const agent = new Agent({ keepAlive: true, maxSockets: load.lanes });
  atOnce(load.requests.length, load.lanes, async (index) => {
    const one = load.requests[index];
    if (!one) return;
    const answer = await post(agent, load, one);
    if (!answer.includes(load.expects)) throw new Error(answer.toString("utf8").slice(0, 500));
  }).then(() => process.send?.("done"), (error: unknown) => process.send?.(String(error))).finally(() => { agent.destroy(); });
}

function post(agent: Agent, { url, isBinary = false }: Load, { headers, body }: Load["requests"][number]): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const bytes = Buffer.from(body, isBinary ? "base64" : "utf8");
    const asking = request(url, { agent, method: "POST", headers: { ...headers, "content-length": bytes.length } }, (response) => {
      const parts: Buffer[] = [];
      response.on("data", (part: Buffer) => parts.push(part)).on("end", () => { resolve(Buffer.concat(parts)); });
    });
    asking.on("error", reject).end(bytes);
  });
}
