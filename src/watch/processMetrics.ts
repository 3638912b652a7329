import { collectDefaultMetrics, Registry } from "prom-client";
import type { MetricJson } from "./MetricJson.js";

/** Named like counters and none: promtool complains of them, and others say the same by kind. */
const MISNAMED = ["nodejs_active_handles_total", "nodejs_active_requests_total", "nodejs_active_resources_total"];

/** What the process is like: processor, memory, the event loop's lag, garbage collection. Once a process: it goes on measuring until the end. */
export function openProcessMetrics(): () => Promise<MetricJson[]> {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  for (const name of MISNAMED) registry.removeSingleMetric(name);
  return async () => (await registry.getMetricsAsJSON()) as unknown as MetricJson[];
}
