import { createServer, type AddressInfo } from "node:net";
import type { Config } from "./foundation/config.js";

/** Where the house listens: at the plain door, and at that for client certificates where there is one. */
export interface Ports {
  plain: number;
  secure: number | undefined;
}

/** The ports of the configuration; a free one where any will do. Certificates carry the first, and some are made before anything listens: so it is settled first. */
export async function settlePorts({ host, port, tls }: Config): Promise<Ports> {
  return { plain: port === 0 ? await freePort(host) : port, secure: tls?.port === 0 ? await freePort(host) : tls?.port };
}

function freePort(host: string): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer().once("error", reject).listen(0, host, () => {
      const { port } = probe.address() as AddressInfo;
      probe.close(() => { resolve(port); });
    });
  });
}
