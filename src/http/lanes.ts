import type { Log } from "../foundation/desk.js";
import { SECOND } from "../foundation/clock.js";
import { lanes, type Lane } from "../graphql/laneOf.js";
import { openTurns, type Turns, type TurnSettings } from "./turns.js";

const TOLD_EVERY_MS = 10 * SECOND;

/** Sign-ins, and what stops something, have places and lines of their own: whatever else is asked for, they pass. */
export type Lanes = Readonly<Record<Lane, Turns>>;

/** One for all doors of a process. */
export function openLanes(settings: TurnSettings, log?: Log): Lanes {
  const open = (lane: Lane): [Lane, Turns] => [lane, telling(openTurns(settings), lane, log)];
  return Object.fromEntries(lanes.map(open)) as Lanes;
}

/** Whoever runs the server hears of it, and not once a request. */
function telling(turns: Turns, lane: Lane, log: Log | undefined): Turns {
  let toldAt = -Infinity;
  const tell = () => {
    if (performance.now() < toldAt + TOLD_EVERY_MS) return;
    toldAt = performance.now();
    log?.warn({ lane, ...turns.figures() }, "more requests than can be served: some are refused");
  };
  return {
    ...turns,
    isFullFor: (whose) => {
      const isFull = turns.isFullFor(whose);
      if (isFull) tell();
      return isFull;
    },
    run: async (whose, work) => {
      const { shed } = turns.figures();
      const running = turns.run(whose, work);
      if (turns.figures().shed > shed) tell();
      return running;
    },
  };
}
