/**
 * Flame graphs of vertices.
 */
import * as z from 'zod/mini';
import { FlameGraphEnabled } from '../core/options.js';
import { flameGraph } from './answers/vertex-answers.js';
import { described } from './described.js';
import { type Endpoint, endpoint } from './endpoint.js';
import { FLAME_GRAPH_TYPES, flameGraphOf } from './flame-graph.js';
import { FlameGraphs } from './flame-graphs.js';
import type { KnownJobs } from './job-records.js';
import { oneOf } from './query-texts.js';
import type { ServedProcess } from './served-process.js';

const flameGraphQuery = () => z.object({ type: z.optional(oneOf(FLAME_GRAPH_TYPES)), subtaskindex: z.optional(described(z.string(), { type: 'integer' })) });

const ENDED: ReadonlySet<string> = new Set(['FINISHED', 'CANCELED', 'FAILED']);

export function flameGraphEndpoint(records: KnownJobs, { configuration, clock }: ServedProcess): Endpoint {
  const graphs = new FlameGraphs(configuration, clock);
  return endpoint({
    method: 'get', path: '/jobs/:jobid/vertices/:vertexid/flamegraph', summary: 'In which calls the subtasks of a vertex spend their time.', query: flameGraphQuery, answer: flameGraph,
    handle({ param, query: { type = 'FULL', subtaskindex } }) {
      if (!configuration.get(FlameGraphEnabled)) return { endTimestamp: -2 };
      const record = records.of(param('jobid'));
      const vertex = record.vertex(param('vertexid'));
      const subtask = subtaskindex === undefined ? undefined : record.subtask(vertex.id, subtaskindex).subtask.subtask;
      if (ENDED.has(vertex.state)) return { endTimestamp: -1 };
      const taken = graphs.samplesOf(record, vertex);
      return taken ? { endTimestamp: taken.endTime, data: flameGraphOf(taken.samples, type, subtask) } : { endTimestamp: -3 };
    },
  });
}
