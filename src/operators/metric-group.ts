/**
 * User metrics of an operator (Flink: `MetricGroup`, `Counter`, `Gauge`, `Meter`, `Histogram`).
 */

export interface Counter {
  inc(by?: number): void;
  dec(by?: number): void;
  getCount(): number;
}

export interface Gauge<T = unknown> {
  getValue(): T;
}

/** How often something happens. */
export interface Meter {
  /** One event, or several. */
  markEvent(events?: number): void;
  /** Events per second. */
  getRate(): number;
  getCount(): number;
}

/** How values are distributed (Flink: `org.apache.flink.metrics.Histogram`; the accumulator of that name is another thing). */
export interface MetricHistogram {
  update(value: number): void;
  /** How many values have come. */
  getCount(): number;
  getStatistics(): HistogramStatistics;
}

/** A histogram as it stands at the moment. */
export interface HistogramStatistics {
  /** @param quantile from 0 to 1. */
  getQuantile(quantile: number): number;
  getValues(): readonly number[];
  /** How many values it is about. */
  size(): number;
  getMean(): number;
  getStdDev(): number;
  getMin(): number;
  getMax(): number;
}

/** Whatever is to be told every five seconds that time has passed (Flink: `View`): meters, counters and gauges may be. */
export interface View {
  update(): void;
}

export const VIEW_INTERVAL_SECONDS = 5;

export interface MetricGroup {
  /** The counter of this name, registered on first use; a counter of one's own is registered as it is. */
  counter<C extends Counter = Counter>(name: string, counter?: C): C;
  /** Registers a value that is read when metrics are reported, and answers with it. */
  gauge<T, G extends Gauge<T> | (() => T)>(name: string, gauge: G): G;
  /** Registers a meter and answers with it; without one, a `MeterView` over the last minute. */
  meter<M extends Meter = Meter>(name: string, meter?: M): M;
  /** Registers a histogram and answers with it; without one, a `DescriptiveStatisticsHistogram` of the last 1,000 values. */
  histogram<H extends MetricHistogram = MetricHistogram>(name: string, histogram?: H): H;
  /** A group inside this one; its name becomes part of the metric's identifier. */
  addGroup(name: string): MetricGroup;
  /**
   * A group for one value of something, such as one topic: both become part of the identifier. Reporters that know labels
   * take the value as one of that name.
   */
  addGroup(key: string, value: string): MetricGroup;
  /** What metrics of this group are about, by Flink's names of variables: `<job_name>`, `<subtask_index>` … */
  getAllVariables(): Readonly<Record<string, string>>;
  /** Forgets the metrics of this group and of those inside it. Absent in a host that keeps them. */
  close?(): void;
}
