/**
 * Results that outlive their job for others to read (Flink: cluster partitions). No operator here makes any.
 */
import { dataSets } from './answers/cluster-answers.js';
import { operationStatus, triggered } from './answers/common.js';
import type { AsynchronousOperations } from './asynchronous-operations.js';
import { type Endpoint, endpoint } from './endpoint.js';
import { RestError } from './rest-error.js';

export function dataSetEndpoints(operations: AsynchronousOperations): Endpoint[] {
  return [
    endpoint({ method: 'get', path: '/datasets', summary: 'The data sets that jobs have left: none.', answer: dataSets, handle: () => ({ dataSets: [] }) }),
    endpoint({
      method: 'delete', path: '/datasets/:datasetid', summary: 'Deletes a data set. One that is not there is deleted at once, as in Flink.', answer: triggered, status: 202,
      handle({ param }) {
        if (!/^[0-9a-f]{32}$/.test(param('datasetid'))) throw new RestError(400, `The id of a data set has 32 hexadecimal digits; "${param('datasetid')}" came.`);
        return { 'request-id': operations.begin(undefined, () => Promise.resolve({})) };
      },
    }),
    endpoint({ method: 'get', path: '/datasets/delete/:triggerid', summary: 'How deleting a data set goes.', answer: operationStatus, handle: ({ param }) => operations.status(param('triggerid')) }),
  ];
}
