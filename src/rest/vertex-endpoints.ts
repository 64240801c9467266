/**
 * The vertices of a job and their subtasks.
 */
import { metricValues } from './answers/metric-answers.js';
import { attempt, backPressure, subtaskAccumulators, subtasksAccumulators, subtaskTimes, vertexAccumulators, vertexDetails, vertexTaskManagers } from './answers/vertex-answers.js';
import { type Endpoint, endpoint } from './endpoint.js';
import { metricText } from './job-metrics.js';
import type { JobRecord } from './job-record.js';
import type { KnownJobs } from './job-records.js';
import {
  attemptByNumber, attemptOf, backPressureOf, subtaskAccumulatorsOf, subtasksAccumulatorsOf, subtaskTimesOf, vertexAccumulatorsOf, vertexOf, vertexTaskManagersOf,
} from './vertex-details.js';

const VERTEX = '/jobs/:jobid/vertices/:vertexid';
const archived = true;

export function vertexEndpoints(records: KnownJobs): Endpoint[] {
  const of = <T>(answer: (record: JobRecord, vertexId: string) => T) => ({ param }: { param(name: string): string }): T => answer(records.of(param('jobid')), param('vertexid'));
  return [
    endpoint({ method: 'get', path: VERTEX, summary: 'A vertex with its subtasks.', answer: vertexDetails, archived, handle: of(vertexOf) }),
    endpoint({ method: 'get', path: `${VERTEX}/taskmanagers`, summary: 'A vertex by TaskManager.', answer: vertexTaskManagers, archived, handle: of(vertexTaskManagersOf) }),
    endpoint({ method: 'get', path: `${VERTEX}/backpressure`, summary: 'How the subtasks of a vertex spend their time.', answer: backPressure, handle: of(backPressureOf) }),
    endpoint({
      method: 'get', path: `${VERTEX}/watermarks`, summary: 'How far event time has come at each subtask.', answer: metricValues,
      handle: of((record, vertexId) => record.vertex(vertexId).subtasks.map(({ subtask, currentInputWatermark }) => ({ id: `${subtask}.currentInputWatermark`, value: metricText(currentInputWatermark) }))),
    }),
    endpoint({ method: 'get', path: `${VERTEX}/accumulators`, summary: 'What the subtasks of a vertex have added up.', answer: vertexAccumulators, archived, handle: of(vertexAccumulatorsOf) }),
    endpoint({ method: 'get', path: `${VERTEX}/subtasktimes`, summary: 'When each subtask entered which state.', answer: subtaskTimes, archived, handle: of(subtaskTimesOf) }),
    endpoint({ method: 'get', path: `${VERTEX}/subtasks/accumulators`, summary: 'What each subtask of a vertex has added up.', answer: subtasksAccumulators, archived, handle: of(subtasksAccumulatorsOf) }),
    endpoint({
      method: 'get', path: `${VERTEX}/subtasks/:subtaskindex`, summary: 'The current attempt of a subtask.', answer: attempt, archived,
      handle({ param }) {
        const record = records.of(param('jobid'));
        return attemptOf(record.subtask(param('vertexid'), param('subtaskindex')).subtask, record.clock.now());
      },
    }),
    endpoint({
      method: 'get', path: `${VERTEX}/subtasks/:subtaskindex/attempts/:attempt`, summary: 'One attempt of a subtask.', answer: attempt, archived,
      handle: ({ param }) => attemptByNumber(records.of(param('jobid')), param('vertexid'), param('subtaskindex'), param('attempt')),
    }),
    endpoint({
      method: 'get', path: `${VERTEX}/subtasks/:subtaskindex/attempts/:attempt/accumulators`, summary: 'What the current attempt of a subtask has added up.', answer: subtaskAccumulators, archived,
      handle({ param }) {
        const record = records.of(param('jobid'));
        attemptByNumber(record, param('vertexid'), param('subtaskindex'), param('attempt'));
        return subtaskAccumulatorsOf(record, param('vertexid'), param('subtaskindex'));
      },
    }),
  ];
}
