/** A metric with its values, as prom-client has it and as one process can tell it to another. */
export interface MetricJson {
  name: string;
  help: string;
  type: string;
  aggregator: string;
  values: MetricValue[];
}

export interface MetricValue {
  labels: Record<string, string | number>;
  value: number;
  /** Of a histogram's parts. */
  metricName?: string;
}
