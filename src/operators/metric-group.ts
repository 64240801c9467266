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

export interface MetricGroup {
  /** The counter of this name, registered on first use. */
  counter(name: string): Counter;
  /** Registers a value that is read when metrics are reported. */
  gauge<T>(name: string, gauge: Gauge<T> | (() => T)): void;
  /** A group inside this one; its name becomes part of the metric's identifier. */
  addGroup(name: string): MetricGroup;
  /** Forgets the metrics of this group and of those inside it. Absent in a host that keeps them. */
  close?(): void;
}
