import type { Question } from "../asking.js";

/** What partners' screens ask for. Every contender answers the same. */
export const page: Question = {
  name: "page of 20 users with certificates",
  query: `query Page($first: Int!) {
  users(first: $first) {
    nodes { id version loginId displayName kind authority status lastSignInAt certificate { id serialNumber status notBefore notAfter } }
    pageInfo { hasNextPage endCursor }
  }
}`,
  variables: { first: 20 },
};

export const bySerial = (serialNumber: string): Question => ({
  name: "certificate by serial",
  query: `query One($serialNumber: SerialNumber) {
  certificate(serialNumber: $serialNumber) { id serialNumber status notBefore notAfter holder { id loginId displayName } }
}`,
  variables: { serialNumber },
});

export const viewer: Question = {
  name: "viewer",
  query: "query Who { viewer { signedInAt mayOnlyEnroll user { id loginId displayName kind } } }",
  variables: {},
};
