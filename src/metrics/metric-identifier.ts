/**
 * The names of metrics for reporters without labels: a scope's format with its variables filled in, then groups and name
 * (Flink: `metrics.scope.…`).
 */
import type { Configuration } from '../core/configuration.js';
import { ScopeJobManager, ScopeJobManagerJob, ScopeJobManagerOperator, ScopeOperator, ScopeTask, ScopeTaskManager, ScopeTaskManagerJob } from '../core/options.js';
import type { MetricSample, MetricScope, ScopedMetrics } from './metric-sample.js';

/** Parts of the format of each scope. */
export type ScopeFormats = Readonly<Record<MetricScope, readonly string[]>>;

export function scopeFormats(configuration: Configuration): ScopeFormats {
  const jm = partsOf(configuration.get(ScopeJobManager), []);
  const tm = partsOf(configuration.get(ScopeTaskManager), []);
  const jmJob = partsOf(configuration.get(ScopeJobManagerJob), jm);
  const tmJob = partsOf(configuration.get(ScopeTaskManagerJob), tm);
  const task = partsOf(configuration.get(ScopeTask), tmJob);
  return { jm, tm, 'jm-job': jmJob, 'tm-job': tmJob, task, operator: partsOf(configuration.get(ScopeOperator), task), 'jm-operator': partsOf(configuration.get(ScopeJobManagerOperator), jmJob) };
}

/** An asterisk at the beginning stands for what is around. */
function partsOf(format: string, around: readonly string[]): string[] {
  const parts = format.split('.');
  return parts[0] === '*' ? [...around, ...parts.slice(1)] : parts;
}

/** @param clean writes one part with the characters that a reporter can send; it is never given the delimiter's meaning. */
export function identifierOf({ scope, variables }: ScopedMetrics, { groups, values, name }: MetricSample, formats: ScopeFormats, delimiter: string, clean: (part: string) => string): string {
  const inScope = formats[scope].map((part) => part.replaceAll(/<([^<>]+)>/g, (written, key: string) => variables[key] ?? written));
  const inGroups = groups.flatMap((group) => [group, ...(Object.hasOwn(values, group) ? [values[group]!] : [])]);
  return [...inScope, ...inGroups, name].map((part) => clean(part.replaceAll(delimiter === '' ? '\n' : delimiter, '_'))).join(delimiter);
}
