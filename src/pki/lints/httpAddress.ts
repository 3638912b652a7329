/**
 * What is wrong with the address in a uniformResourceIdentifier, if anything. IA5 and absolute (RFC 5280 §4.2.1.6), http
 * and not https, since checking the server's certificate would need what is to be fetched (§8; BR 7.1.2 by choice).
 */
export function httpAddressBreach(octets: Buffer): string | undefined {
  const address = octets.toString("latin1");
  if (!/^[!-~]*$/.test(address)) return "an address with other characters than visible ASCII";
  if (!/^http:\/\/[^/\\?#]/.test(address) || !URL.canParse(address)) return "no absolute http address";
  const { username, password, hash } = new URL(address);
  if (username || password || /^[^/]*\/\/[^/?#]*@/.test(address)) return "an address with credentials";
  return hash || address.includes("#") ? "an address with a fragment" : undefined;
}
