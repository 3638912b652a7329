import type { GraphQLSchema } from "graphql";
import { savedOperations } from "../../../src/http/savedOperations.js";
import { everyMisplaced, type Asked } from "./everyPlace.js";
import type { Known } from "./fittingValues.js";
import type { Fuzzed } from "./fuzz.js";
import { mutatedDocument } from "./mutatedDocuments.js";
import { oddEnvelope, sentWhole, type Sent } from "./oddEnvelopes.js";
import type { Random } from "./Random.js";
import { randomOperation } from "./randomOperations.js";

export interface FuzzedRequest extends Fuzzed {
  sent: Sent;
}

/** How many requests it takes to put each hostile value in each place of the schema once; the rest are made at random. */
interface Documents {
  misplaced: number;
  make: (random: Random, round: number, known: Known) => FuzzedRequest;
}

const LONGEST_SHOWN = 3_000;

/**
 * Requests that nobody should send. `secret` stands where passwords belong. Of `every` it is said how many of the systematic
 * ones are sent: each, or each so-manieth.
 */
export function graphqlDocuments(schema: GraphQLSchema, secret: string, every = 1): Documents {
  const all = everyMisplaced(schema, secret);
  const misplaced = all.filter((_one, index) => index % every === 0);
  const saved = savedOperations().map(({ query, variables }): Asked => ({ query, variables: variables || "{}" }));
  const one = (random: Random, known: Known): Asked => (random.chance(0.4) ? saved[random.below(saved.length)] : undefined) ?? randomOperation(random, schema, known);

  return {
    misplaced: misplaced.length,
    make: (random, round, known) => {
      const systematic = misplaced[round];
      if (systematic) return request("misplaced", sentWhole(systematic.ask(random, known)), systematic.what);
      const share = random.below(100);
      const asked = one(random, known);
      if (share < 30) return request("random", sentWhole(randomOperation(random, schema, known)));
      if (share < 75) return request("mutated", sentWhole({ ...asked, query: mutatedDocument(random, asked.query, one(random, known).query) }));
      return request("envelope", oddEnvelope(random, asked));
    },
  };
}

function request(kind: string, sent: Sent, what = ""): FuzzedRequest {
  return { kind, sent, shown: () => `${what} ${JSON.stringify({ ...sent, payload: String(sent.payload).slice(0, LONGEST_SHOWN), url: sent.url.slice(0, LONGEST_SHOWN) })}` };
}
