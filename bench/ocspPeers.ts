import { X509Certificate } from "node:crypto";
import { execFileSync, type ChildProcess } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { freePort } from "../test/support/ThrowawayMariaDb.js";
import { Client } from "./clients.js";
import type { Figure } from "./Figure.js";
import { isHere, PeerCa } from "./peerCa.js";
import { inTurn, perSecond } from "./rounds.js";

const plan = { rounds: 9, warmUps: 2, count: 2_000 };

const ca = new PeerCa();
const client = new Client();
const { serialNumber } = new X509Certificate(readFileSync(ca.issued));
ca.openssl("ocsp", "-issuer", ca.certificate, "-cert", ca.issued, "-no_nonce", "-reqout", ca.file("request.der"));
const body = readFileSync(ca.file("request.der")).toString("base64");

const ports = { openssl: await freePort(), cfssl: await freePort() };
const openssl = await ca.serve("openssl", ["ocsp", "-index", ca.index, "-port", String(ports.openssl), "-CA", ca.certificate, "-rsigner", ca.certificate, "-rkey", ca.key, "-ignore_err"], { says: /waiting for OCSP/i });
const cfssl = isHere("cfssl") ? await serveCfssl() : undefined;

const load = (peer: ChildProcess, port: number, count: number, lanes: number, headers: Record<string, string> = {}) => client.ask({
  url: `http://127.0.0.1:${String(port)}/`, lanes, isBinary: true, expects: "\u000a\u0001\u0000", // successful (RFC 6960 §4.2.1)
  requests: Array.from({ length: count }, () => ({ headers: { "content-type": "application/ocsp-request", ...headers }, body })),
}, (asking) => ca.cpuOf(peer, asking));
const { each } = await inTurn<string>({
  openssl: (count) => load(openssl, ports.openssl, count, 1, { connection: "close" }), // it answers one after the other, each on a connection of its own
  ...(cfssl ? { cfssl: (count: number) => load(cfssl, ports.cfssl, count, 32) } : {}),
}, plan);
client.close();
ca.close();
if (!serialNumber) throw new Error("nothing was asked about");

const line = (contender: string, microseconds: number, note: string): Figure => ({ name: "OCSP over HTTP", contender, microseconds, perSecond: perSecond(microseconds), note });
const figures = [
  line("openssl ocsp", each.openssl ?? NaN, "signs each; its index holds one certificate"),
  ...(each.cfssl === undefined ? [] : [line("cfssl ocspserve", each.cfssl, "signs nothing: answers that were signed beforehand, and stay as they are when a certificate is revoked")]),
];
process.send?.(figures, () => { process.disconnect(); });

function serveCfssl(): Promise<ChildProcess> {
  const signing = ["ocspsign", "-ca", ca.certificate, "-responder", ca.certificate, "-responder-key", ca.key, "-cert", ca.issued, "-status", "good"];
  const { ocspResponse } = JSON.parse(execFileSync("cfssl", signing, { encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] })) as { ocspResponse: string };
  writeFileSync(ca.file("responses"), `${ocspResponse}\n`);
  return ca.serve("cfssl", ["ocspserve", "-address", "127.0.0.1", "-port", String(ports.cfssl), "-responses", ca.file("responses")], { port: ports.cfssl });
}
