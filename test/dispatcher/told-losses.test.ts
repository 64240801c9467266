/** What is told of a job whose processes were lost. */
import { expect, it } from 'vitest';
import { answersOf } from '../../src/dispatcher/answers-without-process.js';
import { endedOverview } from '../../src/dispatcher/submitted-job.js';
import { tellLosses, withLosses } from '../../src/dispatcher/told-losses.js';

const jobId = '1'.repeat(32);
const loss = (time: number) => ({ error: Object.assign(new Error(`lost at ${time}`), { stack: `Error: lost at ${time}` }), time });
const answers = (error?: Error) => answersOf(endedOverview({ jobId, name: 'Job', startTime: 0 }, error ? 'FAILED' : 'FINISHED', 50), error);

interface Told {
  readonly 'root-exception': string | null;
  readonly exceptionHistory: { readonly entries: readonly { readonly stacktrace: string; readonly timestamp: number }[] };
}
const exceptions = (all: Record<string, unknown>): Told => all[`/jobs/${jobId}/exceptions`] as Told;

it('the losses of its processes stand among its exceptions, newest first', () => {
  const told = exceptions(withLosses(answers(loss(50).error), [loss(10), loss(60)]));
  expect(told.exceptionHistory.entries.map(({ stacktrace }) => stacktrace)).toEqual(['Error: lost at 60', 'Error: lost at 50', 'Error: lost at 10']);
  expect(told['root-exception']).toBe('lost at 50');
});

it('the last loss is the root where there is no other', () => {
  expect(exceptions(withLosses(answers(), [loss(10), loss(20)]))).toMatchObject({ 'root-exception': 'Error: lost at 20', timestamp: 20 });
});

it('what is said of anything else, and of a job without losses, is left as it is', () => {
  const all = answers(loss(50).error);
  expect(withLosses(all, [])).toEqual(all);
  expect(tellLosses({ errors: ['not found'] }, [loss(10)])).toEqual({ errors: ['not found'] });
});
