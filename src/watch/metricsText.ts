import { AggregatorRegistry, Registry, type Metric, type RegistryContentType } from "prom-client";
import type { MetricJson } from "./MetricJson.js";

/**
 * What one process tells, or several together (`openMeters(…).json()` of each), in the words that were asked for: OpenMetrics where it
 * is accepted, else Prometheus' own.
 */
export async function metricsText(processes: readonly MetricJson[][], accept: string | undefined): Promise<{ contentType: string; text: string }> {
  const registry = new Registry<RegistryContentType>();
  registry.setContentType(accept?.includes("application/openmetrics-text") ? Registry.OPENMETRICS_CONTENT_TYPE : Registry.PROMETHEUS_CONTENT_TYPE);
  for (const metric of await together(processes)) {
    // A new one each time: for OpenMetrics prom-client takes `_total` off the name of what it is given, and looks at the name again.
    const shown: MetricJson & { get: () => Promise<MetricJson> } = { ...metric, get: () => Promise.resolve(shown) };
    registry.registerMetric(shown as unknown as Metric);
  }
  return { contentType: registry.contentType, text: await registry.metrics() };
}

async function together(processes: readonly MetricJson[][]): Promise<MetricJson[]> {
  const [only = []] = processes;
  if (processes.length === 1) return only; // its start and its version are somebody's
  return await AggregatorRegistry.aggregate(processes as unknown as object[]).getMetricsAsJSON() as unknown as MetricJson[];
}
