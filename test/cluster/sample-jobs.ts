/**
 * Small programs for the tests of the cluster, put together by hand: what a test is about is written out.
 */
import { CollectionSource } from '../../src/connectors/collection/collection-source.js';
import type { StreamNode } from '../../src/graph/stream-graph.js';
import { collectOperator } from '../../src/operators/collect.js';
import { mapOperator } from '../../src/operators/map.js';
import type { OperatorDefinition } from '../../src/operators/operator.js';
import type { Source } from '../../src/operators/source.js';
import type { JobProgram, NodeDefinition } from '../../src/program/job-program.js';
import { graphOf, operator, sink, source } from '../graph/sample-graph.js';

export interface LineOptions {
  readonly source?: Source<unknown>;
  readonly records?: readonly unknown[];
  readonly parallelism?: number;
  readonly partitioning?: 'FORWARD' | 'REBALANCE';
  readonly chaining?: StreamNode['chaining'];
}

export interface Line {
  readonly program: JobProgram;
  readonly collected: unknown[];
}

/** Source: In → Map → Sink: Collect. */
export function line(map: OperatorDefinition<never> | ((value: never) => unknown) = (value: unknown) => value, options: LineOptions = {}): Line {
  const { parallelism = 1, partitioning = 'FORWARD', chaining = 'ALWAYS' } = options;
  const collected: unknown[] = [];
  const definitions: NodeDefinition[] = [
    { kind: 'source', source: options.source ?? (new CollectionSource(options.records ?? [1, 2, 3]) as Source<unknown>) },
    { kind: 'operator', operator: (typeof map === 'function' ? mapOperator(map as (value: unknown) => unknown) : map) as OperatorDefinition },
    { kind: 'operator', operator: collectOperator('all') as OperatorDefinition },
  ];
  const graph = graphOf(
    [source('Source: In', { parallelism: partitioning === 'FORWARD' ? parallelism : 1 }), operator('Map', { parallelism, chaining }), sink('Sink: Collect', { parallelism })],
    [[1, 2, { partitioning }], [2, 3]],
  );
  return {
    collected,
    program: {
      graph,
      definitions: new Map(definitions.map((definition, at) => [at + 1, definition])),
      edgeFunctions: new Map(),
      collectors: new Map([['all', (values: unknown[]) => void collected.push(...values)]]),
    },
  };
}
