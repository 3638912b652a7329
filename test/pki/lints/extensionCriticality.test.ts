import { tlv } from "../../../src/pki/der.js";
import { extensionCriticality } from "../../../src/pki/lints/extensionCriticality.js";
import { demandsOf, extensionIds, type ExtensionName } from "../../../src/pki/profiles.js";
import { extensionNamed, readToBeSigned } from "../../../src/pki/ToBeSigned.js";
import { TRUE, anExtension, breachesOf, expectToHoldForAllWeMake, made, profiles, withExtension } from "../../support/tbs.js";

const all = profiles.flatMap((profile) => (Object.keys(demandsOf[profile].extensions) as ExtensionName[]).map((name) => ({ profile, name })));
const valueOf = (name: ExtensionName, bytes: Buffer) => extensionNamed(name, readToBeSigned(bytes)) ?? Buffer.alloc(0);

describe("the rule of criticality", () => {
  it("holds for all that we make", () => {
    expectToHoldForAllWeMake(extensionCriticality);
  });

  it.each(all)("refuses $profile with the other criticality of $name", async ({ profile, name }) => {
    const original = made(profile);
    const wasCritical = ["basicConstraints", "keyUsage"].includes(name);
    const other = anExtension(extensionIds[name], valueOf(name, original.bytes), wasCritical ? undefined : TRUE);
    expect(await breachesOf(withExtension(original, name, other)))
      .toEqual([`extensionCriticality: ${name} is ${wasCritical ? "not critical" : "critical"}`]);
  });

  it.each([
    ["FALSE where it is to be left unsaid", Buffer.of(0)], ["a TRUE of BER", Buffer.of(1)], ["a BOOLEAN of nothing", Buffer.alloc(0)],
  ])("refuses %s as no DER", async (_what, content) => {
    const client = made("CLIENT");
    const written = anExtension(extensionIds.keyUsage, valueOf("keyUsage", client.bytes), tlv(0x01, content));
    expect(await breachesOf(withExtension(client, "keyUsage", written))).toEqual(["der: a BOOLEAN that is neither TRUE nor left out"]);
  });
});
