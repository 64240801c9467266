/**
 * Which metrics a reporter takes: Flink's filters `<scope>:<names>:<types>`, several of which are separated by semicolons.
 */
import { LOGICAL_SCOPES, type MetricSample, type ScopedMetrics } from './metric-sample.js';

type Filter = (scope: string, sample: MetricSample) => boolean;

/** Those that a filter of `includes` takes and none of `excludes`. */
export function filterMetrics(includes: string, excludes: string): (all: readonly ScopedMetrics[]) => ScopedMetrics[] {
  const [taken, left] = [filtersOf(includes), filtersOf(excludes)];
  return (all) => all.map((scoped) => {
    const logical = LOGICAL_SCOPES[scoped.scope];
    const metrics = scoped.metrics.filter((sample) => {
      const scope = [...logical, ...sample.groups].join('.');
      return taken.some((filter) => filter(scope, sample)) && !left.some((filter) => filter(scope, sample));
    });
    return { ...scoped, metrics };
  });
}

function filtersOf(text: string): Filter[] {
  return text.split(';').map((one) => one.trim()).filter((one) => one !== '').map(filterOf);
}

/** What is left out takes anything. */
function filterOf(text: string): Filter {
  const [scope = '', names = '', types = ''] = text.split(':').map((part) => part.trim());
  const [inScope, named, typed] = [patternOf(scope), patternOf(names), patternOf(types)];
  return (of, { name, kind }) => inScope.test(of) && named.test(name) && typed.test(kind);
}

/** `a*,b`: one of these, `*` for anything. */
function patternOf(text: string): RegExp {
  const words = text.split(',').map((word) => word.trim()).filter((word) => word !== '');
  if (words.length === 0) return /^/;
  return new RegExp(`^(?:${words.map((word) => word.split('*').map((part) => part.replaceAll(/[.+?^${}()|[\]\\]/g, String.raw`\$&`)).join('.*')).join('|')})$`);
}
