import { secretBox } from "../../src/foundation/secretBox.js";

const box = secretBox("a passphrase that nobody guesses");

it("opens what it sealed, and tells nothing by how it looks", () => {
  const [one, other] = [box.seal("ABCD-EFGH-JKMN-PQRS"), box.seal("ABCD-EFGH-JKMN-PQRS")];
  expect([box.open(one), box.open(other)]).toEqual(["ABCD-EFGH-JKMN-PQRS", "ABCD-EFGH-JKMN-PQRS"]);
  expect(one).not.toBe(other);
  expect(Buffer.from(one, "base64").toString("latin1")).not.toContain("ABCD");
  expect(secretBox("a passphrase that nobody guesses").open(one)).toBe("ABCD-EFGH-JKMN-PQRS"); // another process of the same desk
});

it("opens nothing that another one sealed, that was changed by a bit, or cut", () => {
  const sealed = box.seal("ABCD-EFGH-JKMN-PQRS");
  expect(() => secretBox("another passphrase").open(sealed)).toThrow();
  const bytes = Buffer.from(sealed, "base64");
  for (const index of bytes.keys()) {
    const changed = Buffer.from(bytes);
    changed[index] = (changed[index] ?? 0) ^ 1;
    expect(() => box.open(changed.toString("base64"))).toThrow();
  }
  for (const length of [0, 5, 12, 20, bytes.length - 1]) expect(() => box.open(bytes.subarray(0, length).toString("base64"))).toThrow();
});
