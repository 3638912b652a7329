import { httpAddressBreach } from "../../../src/pki/lints/httpAddress.js";

const breachOf = (address: string) => httpAddressBreach(Buffer.from(address));

describe("an http address in a certificate", () => {
  it.each([
    "http://pki.shomei.example/pki/5120-1.crl", "http://pki.shomei.example", "http://pki.shomei.example:8080/ocsp", "http://127.0.0.1:4000/ocsp",
    "http://[::1]:4000/ocsp", "http://pki.shomei.example/a?b=c", "http://xn--wgv71a.example/x", "http://pki.shomei.example/a@b", "http://localhost/%E5%AD%97",
  ])("may be %s", (address) => {
    expect(breachOf(address)).toBeUndefined();
  });

  it.each([
    ["https://pki.shomei.example/x.crl", "no absolute http address"],
    ["HTTP://pki.shomei.example/x.crl", "no absolute http address"],
    ["ldap://pki.shomei.example/cn=x", "no absolute http address"],
    ["file:///etc/passwd", "no absolute http address"],
    ["/pki/x.crl", "no absolute http address"],
    ["//pki.shomei.example/x.crl", "no absolute http address"],
    ["http:pki.shomei.example/x.crl", "no absolute http address"],
    ["http:/pki.shomei.example/x.crl", "no absolute http address"],
    ["http://", "no absolute http address"],
    ["http:///x.crl", "no absolute http address"],
    ["http://\\evil.example", "no absolute http address"],
    ["http://?x", "no absolute http address"],
    ["http://pki.shomei.example:99999/", "no absolute http address"],
    ["http://[::1/", "no absolute http address"],
    ["", "no absolute http address"],
    ["http://user:secret@pki.shomei.example/x.crl", "an address with credentials"],
    ["http://user@pki.shomei.example/x.crl", "an address with credentials"],
    ["http://@pki.shomei.example/x.crl", "an address with credentials"],
    ["http://:@pki.shomei.example/x.crl", "an address with credentials"],
    ["http://pki.shomei.example/x.crl#now", "an address with a fragment"],
    ["http://pki.shomei.example/x.crl#", "an address with a fragment"],
    ["http://証明.example/x.crl", "an address with other characters than visible ASCII"],
    ["http://pki.shomei.example/x y", "an address with other characters than visible ASCII"],
    ["http://pki.shomei.example/x\n", "an address with other characters than visible ASCII"],
    ["http://pki.shomei.example\0.evil.example/", "an address with other characters than visible ASCII"],
  ])("may not be %j: %s", (address, breach) => {
    expect(breachOf(address)).toBe(breach);
  });
});
