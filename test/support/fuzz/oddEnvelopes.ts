import { brotliCompressSync, deflateSync, gzipSync } from "node:zlib";
import type { Asked } from "./everyPlace.js";
import type { Random } from "./Random.js";

/** A request as it goes to the door, but for who sends it. */
export interface Sent {
  method: "GET" | "POST";
  url: string;
  headers: Record<string, string>;
  payload?: string | Buffer;
}

const JSON_TYPE = { "content-type": "application/json" };

export const sentWhole = ({ query, variables }: Asked): Sent => ({
  method: "POST", url: "/graphql", headers: JSON_TYPE, payload: `{"query":${JSON.stringify(query)},"variables":${variables}}`,
});

/** The document in an envelope that no client makes: odd JSON, odd types, odd encodings, odd addresses. */
export function oddEnvelope(random: Random, asked: Asked): Sent {
  return random.pick(oddBody, oddBody, oddJson, oddType, oddEncoding, oddAddress)(random, asked);
}

const ODD_VALUES = [
  "null", "1", "true", "\"\"", "\"x\"", "[]", "[[]]", "{}", "[null]", "{\"a\":[1]}", "1e400", "{\"__proto__\":1}", "{\"toString\":null}", "{\"kind\":\"Document\",\"definitions\":[]}", "\"\\ud800\"", "\"{}\"",
] as const;
const DEEP = `${"[".repeat(500_000)}${"]".repeat(500_000)}`;
const HASH = "0".repeat(64);
const ODD_HASHES = [
  "null", "{}", "[]", "1", `{"version":1,"sha256Hash":"${HASH}"}`, `{"version":"1","sha256Hash":"${HASH}"}`, `{"version":2,"sha256Hash":"${HASH}"}`, "{\"version\":1,\"sha256Hash\":\"x\"}",
  "{\"version\":1,\"sha256Hash\":{}}", "{\"version\":1}", `{"version":1,"sha256Hash":"${HASH.replaceAll("0", "A")}"}`, `{"version":1,"sha256Hash":"${"a".repeat(1_000)}"}`, "{\"__proto__\":null}",
] as const;

/** Any value where each parameter has its own type, some twice, some unknown. */
function oddBody(random: Random, asked: Asked): Sent {
  const query = JSON.stringify(asked.query);
  const members = [
    random.chance(0.7) ? `"query":${random.chance(0.7) ? query : random.pick(...ODD_VALUES)}` : "",
    random.chance(0.7) ? `"variables":${random.chance(0.5) ? asked.variables : random.pick(DEEP, ...ODD_VALUES)}` : "",
    random.chance(0.3) ? `"operationName":${random.pick("\"Fuzzed\"", "\"__proto__\"", ...ODD_VALUES)}` : "",
    random.chance(0.3) ? `"extensions":${random.chance(0.6) ? `{"persistedQuery":${random.pick(...ODD_HASHES)}}` : random.pick(...ODD_VALUES)}` : "",
    random.chance(0.2) ? `"documentId":${random.chance(0.5) ? `"${random.pick("sha256:", "", "md5:", "sha256:sha256:")}${HASH}"` : random.pick(...ODD_VALUES)}` : "",
    random.chance(0.1) ? `"query":${query}` : "",
    random.chance(0.1) ? `"${random.pick("__proto__", "constructor", "hasOwnProperty", "http", "")}":${random.pick(...ODD_VALUES)}` : "",
  ];
  return { method: "POST", url: "/graphql", headers: JSON_TYPE, payload: `{${members.filter((member) => member !== "").join(",")}}` };
}

/** What is JSON and no request, or isn't even JSON. */
function oddJson(random: Random, asked: Asked): Sent {
  const whole = String(sentWhole(asked).payload);
  const payload = random.pick<() => string | Buffer>(
    () => random.pick(DEEP, ...ODD_VALUES), () => "", () => " ", () => `[${whole},${whole}]`, () => `{"0":${whole}}`, () => `\ufeff${whole}`, () => `${whole}x`, () => `${whole}\n\n`,
    () => whole.slice(0, random.below(whole.length)), () => whole.replaceAll("\"", "'"), () => whole.replace(":", "="), () => `//x\n${whole}`, () => "{".repeat(100_000), () => "{\"a\":".repeat(100_000),
    () => Buffer.from(whole, "utf16le"), () => Buffer.concat([Buffer.from(whole), random.octets(8)]), () => random.octets(random.below(2_000)), () => asked.query, () => `query=${encodeURIComponent(asked.query)}`,
    () => `"${"x".repeat(2_200_000)}"`, () => `${" ".repeat(1_000_000)}${whole}`, () => whole.replace("{", "{\"__proto__\":{\"query\":1},"),
  )();
  return { method: "POST", url: "/graphql", headers: JSON_TYPE, payload };
}

function oddType(random: Random, asked: Asked): Sent {
  const type = random.pick(
    "", "text/plain", "application/graphql", "application/json; charset=utf-16", "application/json;charset=shift_jis", "application/json; charset=\"", "application/json, text/html", "APPLICATION/JSON", "application/jsonx",
    "application/graphql-response+json", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "multipart/form-data", "json", "/", ";", "application/json;".repeat(300), "application/\u00e9",
  );
  const accept = random.pick("", "text/html", "application/xml", "*/*;q=0", ",,,", "application/json;q=x", "multipart/mixed", "application/graphql-response+json;charset=utf-16");
  return { ...sentWhole(asked), headers: { ...(type === "" ? {} : { "content-type": type }), ...(accept === "" ? {} : { accept }) } };
}

function oddEncoding(random: Random, asked: Asked): Sent {
  const whole = Buffer.from(String(sentWhole(asked).payload));
  const encoding = random.pick("gzip", "deflate", "br", "identity", "zstd", "compress", "gzip, gzip", "x", "", "GZIP");
  const payload = random.pick(() => whole, () => gzipSync(whole), () => deflateSync(whole), () => brotliCompressSync(whole.subarray(0, 1_000)), () => gzipSync(whole).subarray(0, random.below(30)), () => gzipSync(gzipSync(whole)), () => random.octets(50))();
  return { method: "POST", url: "/graphql", headers: { ...JSON_TYPE, "content-encoding": encoding, "accept-encoding": random.pick("gzip", "br", "*;q=0", "identity;q=0", ",", "x") }, payload };
}

function oddAddress(random: Random, asked: Asked): Sent {
  const query = encodeURIComponent(asked.query.toWellFormed().slice(0, 4_000));
  const odd = encodeURIComponent(random.pick(...ODD_VALUES).toWellFormed());
  const url = random.pick(
    `/graphql?query=${query}`, `/graphql?query=${query}&variables=${odd}`, `/graphql?query=${query}&variables=${encodeURIComponent(asked.variables.slice(0, 4_000))}`, `/graphql?query=${query}&extensions=${odd}`,
    `/graphql?query=${query}&query=${query}`, `/graphql?query[]=${query}`, `/graphql?query=${query}&operationName=${odd}&operationName=x`, "/graphql?query=%", "/graphql?query=%00", "/graphql?query=%ff%fe", "/graphql?%",
    "/graphql", "/graphql?", "/graphql?query", "/graphql?query=", `/graphql?documentId=${odd}`, `/graphql?documentId=sha256:${HASH}`, `/graphql?query=${query}&documentId=sha256:${HASH}`, `/graphql?__proto__=${odd}`,
    `/graphql?extensions=${encodeURIComponent(`{"persistedQuery":${random.pick(...ODD_HASHES)}}`)}`, `/graphql?query=${query}#x`, `/graphql?${"a&".repeat(5_000)}`, `//graphql?query=${query}`, `/%67raphql?query=${query}`,
  );
  return { method: "GET", url, headers: random.pick<Record<string, string>>({ "apollo-require-preflight": "1" }, { "apollo-require-preflight": "1" }, {}, JSON_TYPE, { "content-type": "text/plain" }) };
}
