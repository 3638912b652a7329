import { oid } from "../../../src/pki/der.js";
import { DerReader, enterDer } from "../../../src/pki/derReader.js";
import { NONCE } from "../ocspRequest.js";
import { checkDer } from "./checkDer.js";

/** What an OCSPResponse says, and what is needed to see that it is signed. */
export interface ReadOcspResponse {
  answers: { certId: Buffer; status: "GOOD" | "REVOKED" | "UNKNOWN" }[];
  nonce: Buffer | undefined;
  signed: Buffer;
  signature: Buffer;
  /** The responder's, DER. */
  certificate: Buffer;
}

const errors: Record<number, string> = { 1: "malformedRequest", 2: "internalError", 3: "tryLater", 5: "sigRequired", 6: "unauthorized" };

/** Reads an OCSPResponse (RFC 6960 §4.2.1) as ours are made; where it is an error, its name. Throws where it is no OCSPResponse. */
export function readOcspResponse(der: Buffer): ReadOcspResponse | string {
  checkDer(der);
  const response = enterDer(der, 0x30);
  const status = response.read(0x0a).content;
  if (status[0] !== 0) {
    response.finish();
    const error = errors[status[0] ?? -1];
    if (error === undefined) throw new Error("an error that is none");
    return error;
  }
  const bytes = response.enter(0xa0).enter(0x30);
  if (!bytes.read(0x06).der.equals(oid("1.3.6.1.5.5.7.48.1.1"))) throw new Error("no basic OCSP response");
  const basic = bytes.read(0x04).content;
  checkDer(basic);
  return readBasic(enterDer(basic, 0x30));
}

function readBasic(basic: DerReader): ReadOcspResponse {
  const { der: signed, content } = basic.read(0x30);
  basic.read(0x30);
  const signature = basic.read(0x03).content.subarray(1);
  const certificate = basic.enter(0xa0).enter(0x30).read(0x30).der;
  basic.finish();

  const data = new DerReader(content);
  data.read(0xa2);
  data.read(0x18);
  const singles = data.enter(0x30);
  const answers: ReadOcspResponse["answers"] = [];
  while (!singles.isAtEnd) answers.push(readSingle(singles.enter(0x30)));
  const nonce = data.isAtEnd ? undefined : readNonce(data.enter(0xa1).enter(0x30).enter(0x30));
  data.finish();
  return { answers, nonce, signed, signature, certificate };
}

const statuses = { 0x80: "GOOD", 0xa1: "REVOKED", 0x82: "UNKNOWN" } as const;

function readSingle(single: DerReader): ReadOcspResponse["answers"][number] {
  const certId = single.read(0x30).der;
  const { tag } = single.read();
  if (!(tag in statuses)) throw new Error("a status that is none");
  single.read(0x18);
  single.enter(0xa0).read(0x18);
  single.finish();
  return { certId, status: statuses[tag as keyof typeof statuses] };
}

function readNonce(extension: DerReader): Buffer {
  if (!extension.read(0x06).der.equals(oid(NONCE))) throw new Error("an extension that is no nonce");
  return extension.enter(0x04).read(0x04).content;
}
