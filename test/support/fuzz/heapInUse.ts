import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";

setFlagsFromString("--expose-gc");
const collect = runInNewContext("gc") as () => void;

/** What is really held on to, in octets: the heap and the buffers outside it, once everything unused is gone. */
export async function heapInUse(): Promise<number> {
  for (let times = 0; times < 3; times++) {
    collect();
    await new Promise(setImmediate); // what waits to be finalized
  }
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}
