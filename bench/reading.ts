import { isDeepStrictEqual } from "node:util";
import { costs, dataOf, type Load, type Question } from "./asking.js";
import { onEach, type BenchDatabase } from "./databases.js";
import type { Figure } from "./Figure.js";
import { aFullContract } from "./reading/aFullContract.js";
import { bySerial, page, viewer } from "./reading/questions.js";
import { OURS, serveOurs } from "./ours.js";
import { serve, type Serving } from "./serving.js";

const PEERS = {
  "Apollo Server, TypeORM repositories": "apollo", "graphql-yoga": "yoga", "mercurius with JIT": "mercurius", "Fastify by hand": "byHand",
} as const;
const USERS = 200;

/** Reading over HTTP: the whole server, everything on, against its peers on the same data, each in a process of its own. */
export function measureReading({ quick }: { quick: boolean }): Promise<Figure[]> {
  const load = { ...(quick ? { rounds: 11, seconds: 0.25, warmUp: 8_000 } : { rounds: 19, seconds: 0.5, warmUp: 12_000 }), connections: 8 };
  return onEach((database) => measured(database, load, quick));
}

/** In haste only what a target is set for is measured, beside those that it names. */
async function measured({ engine, env, where }: BenchDatabase, load: Load, isInHaste: boolean): Promise<Figure[]> {
  const servers = new Map<string, Serving>();
  try {
    const { serving, signIn } = await serveOurs(env);
    servers.set(OURS, serving);
    const serialNumber = await aFullContract(where, USERS);
    const token = await signIn("keir001");
    for (const [name, file] of Object.entries(PEERS)) {
      if (isInHaste && !targetTo(name).target) continue;
      servers.set(name, await serve(`dist/bench/reading/${file}.js`, { ...env, BENCH_DATABASE: where, BENCH_TOKEN: token }));
    }
    const figures: Figure[] = [];
    for (const question of isInHaste ? [page] : [page, bySerial(serialNumber), viewer]) figures.push(...(await compared(engine, servers, question, token, load)));
    return figures;
  } finally {
    for (const server of servers.values()) await server.stop();
  }
}

async function compared(engine: BenchDatabase["engine"], servers: ReadonlyMap<string, Serving>, question: Question, token: string, load: Load): Promise<Figure[]> {
  let expected: unknown;
  for (const [name, server] of servers) {
    const data = await dataOf(server, question, token);
    expected ??= data;
    if (!isDeepStrictEqual(data, expected)) throw new Error(`${name} answers ${question.name} differently: ${JSON.stringify(data)} for ${JSON.stringify(expected)}`);
  }
  const { each, ratio } = await costs(servers, question, token, load);
  return Object.entries(each).map(([contender, microseconds]): Figure => ({
    name: question.name, engine, contender, microseconds, perSecond: 1e6 / microseconds,
    ...(contender === OURS ? {} : { ratio: ratio(OURS, contender) }), ...(question === page ? targetTo(contender) : {}),
  }));
}

function targetTo(contender: string): Pick<Figure, "target"> {
  if (contender === "mercurius with JIT") return { target: { atMost: 1.0 } };
  return contender === "Fastify by hand" ? { target: { atMost: 1.8 } } : {};
}
