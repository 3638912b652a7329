import { forRequests } from "../../src/foundation/log.js";
import { listeningLog } from "../support/listeningLog.js";

const SAID = { password: "s3cret", sessionToken: "s3cret", enrollmentCode: "s3cret", csr: "s3cret", authorization: "s3cret", loginId: "keir001" };

describe("the log", () => {
  it("hides secrets, also one level down", () => {
    const { log, lines: [line = ""] } = written((to) => { to.info({ ...SAID, input: { password: "s3cret" }, headers: { authorization: "s3cret" } }, "x"); });
    expect(log.level).toBe("info");
    expect(line).toContain("keir001");
    expect(line).not.toContain("s3cret");
    expect(line.match(/\[secret\]/g)).toHaveLength(7);
  });

  it("hides them in a line about a request, and tells of the request what is named alone", () => {
    const request = { method: "POST", url: "/graphql?token=s3cret", ip: "192.0.2.1", id: "r-1", headers: { authorization: "s3cret" }, body: "s3cret" };
    const { lines: [line = ""] } = written((to) => { forRequests(to).child({ reqId: "r-1" }).info({ ...SAID, req: request, res: { statusCode: 200, headers: "s3cret" } }, "request completed"); });
    expect(line).not.toContain("s3cret");
    expect(JSON.parse(line)).toMatchObject({ reqId: "r-1", req: { id: "r-1", method: "POST", path: "/graphql", ip: "192.0.2.1" }, res: { status: 200 }, loginId: "keir001" });
  });
});

function written(write: (log: ReturnType<typeof listeningLog>["log"]) => void) {
  const listening = listeningLog();
  write(listening.log);
  return listening;
}
