import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { Configuration } from '../../src/core/configuration.js';
import { FlinkError, serializeError } from '../../src/core/errors.js';
import { graphHash } from '../../src/graph/graph-hash.js';
import { BundlePrograms, checkSameGraph, SubmittedPrograms } from '../../src/cluster/programs.js';
import type { JobProgram } from '../../src/program/job-program.js';
import { pipelineExecutor } from '../../src/program/pipeline-executor.js';
import { ManualClock } from '../../src/testing/manual-clock.js';
import { graphOf, operator, source } from '../graph/sample-graph.js';
import { settled } from '../runtime/chain-fixture.js';

const RUN_ID = 'f'.repeat(32);
const folder = mkdtempSync(join(tmpdir(), 'programs-'));
const reach = globalThis as { programUnderTest?: { execute: (name: string) => Promise<unknown>; log: unknown[] } };
let bundles = 0;
let log: unknown[];
let clock: ManualClock;
let argv: string[];

/** A job program that is nothing but a name. */
function named(name: string): JobProgram {
  return { graph: graphOf([source(name)], []), definitions: new Map(), edgeFunctions: new Map(), collectors: new Map() };
}

beforeAll(() => {
  argv = process.argv;
});
beforeEach(() => {
  log = [];
  clock = new ManualClock();
  reach.programUnderTest = { execute: async (name) => (await pipelineExecutor()).execute(named(name)), log };
});
afterEach(() => {
  process.argv = argv;
});
afterAll(() => {
  delete reach.programUnderTest;
  rmSync(folder, { recursive: true });
});

/** The programs of a bundle with this text, in which `execute` and `log` are at hand. */
function programsOf(text: string, entry?: string): BundlePrograms {
  const path = join(folder, `bundle-${++bundles}.mjs`);
  writeFileSync(path, `const { execute, log } = globalThis.programUnderTest;\n${text}`);
  return new BundlePrograms({ url: pathToFileURL(path).href, path, args: ['a', '-b'], entry }, RUN_ID, new Configuration(), clock);
}

const nameOf = (program: JobProgram): string => program.graph.nodes[0]!.name;
const ended = { jobId: RUN_ID, jobName: 'sample', netRuntimeMs: 5, accumulators: { lines: 3 } };

describe('the programs of a TaskManager', () => {
  it('run up to their execute, with their own arguments', async () => {
    const programs = programsOf(`log.push(process.argv.slice(2)); await execute('one'); log.push('after');`);
    expect(nameOf(await programs.programOf(0, 0))).toBe('one');
    await settled();
    expect(log).toEqual([['a', '-b'], 'after']);
  });

  it('are loaded once for each slot, and share nothing', async () => {
    const programs = programsOf(`let made = 0; log.push(++made); await execute('one');`);
    programs.load(0);
    const first = await programs.programOf(0, 0);
    expect([await programs.programOf(0, 0) === first, await programs.programOf(1, 0) === first]).toEqual([true, false]);
    expect(log).toEqual([1, 1]);
  });

  it('go on with the result when their job has ended, and may execute another', async () => {
    const programs = programsOf(`
      const client = await execute('first');
      const result = await client.getJobExecutionResult();
      await execute('second after ' + result.getAccumulatorResult('lines'));
    `);
    await programs.programOf(0, 0);
    const second = programs.programOf(0, 1);
    programs.jobEnded(0, ended);
    expect(nameOf(await second)).toBe('second after 3');
  });

  it('that are loaded later learn of the jobs that have ended before', async () => {
    const programs = programsOf(`
      const result = await (await execute('first')).getJobExecutionResult();
      await execute('second after ' + result.getAccumulatorResult('lines'));
    `);
    await programs.programOf(0, 0);
    programs.jobEnded(0, ended);
    expect(nameOf(await programs.programOf(1, 1))).toBe('second after 3');
  });

  it('may execute two jobs without waiting for the first', async () => {
    const programs = programsOf(`const one = await execute('one'); const two = await execute('two'); log.push(one.getJobID() !== two.getJobID());`);
    expect([nameOf(await programs.programOf(0, 1)), nameOf(await programs.programOf(0, 0))]).toEqual(['two', 'one']);
    await settled();
    expect(log).toEqual([true]);
  });

  it('see their job fail as the client does', async () => {
    const programs = programsOf(`
      const client = await execute('one');
      try { await client.getJobExecutionResult(); } catch (error) { log.push(error.code, error.message); }
      await execute('clean up');
    `);
    await programs.programOf(0, 0);
    programs.jobEnded(0, { ...ended, error: serializeError(new FlinkError('CONNECTION', 'refused')) });
    await programs.programOf(0, 1);
    expect(log).toEqual(['CONNECTION', 'refused']);
  });

  it('call the entry that was asked for, or the default export', async () => {
    expect(nameOf(await programsOf(`export function main(args) { return execute('main ' + args[0]); }`, 'main').programOf(0, 0))).toBe('main a');
    expect(nameOf(await programsOf(`export default () => execute('default');`).programOf(0, 0))).toBe('default');
    await expect(programsOf(`export const other = 1;`, 'main').programOf(0, 0)).rejects.toMatchObject({ code: 'USAGE' });
  });

  it('are loaded anew for a restart of a job, and remember nothing', async () => {
    const programs = programsOf(`let made = 0; log.push(++made); await execute('one');`);
    const runs = [await programs.programOf(0, 0, 0), await programs.programOf(0, 0, 1), await programs.programOf(0, 0, 1), await programs.programOf(0, 0, 2)];
    expect([new Set(runs).size, runs[1] === runs[2], log]).toEqual([3, true, [1, 1, 1]]);
    expect(programs.classesOf(0, 0, 0)).not.toBe(programs.classesOf(0, 0, 2));
  });

  it('that are loaded for a restart of a second job learn of the first, and leave what follows to the run that all jobs share', async () => {
    const programs = programsOf(`
      const result = await (await execute('first')).getJobExecutionResult();
      await (await execute('second')).getJobExecutionResult();
      log.push('after');
    `);
    await programs.programOf(0, 0, 0);
    programs.jobEnded(0, ended);
    expect([nameOf(await programs.programOf(0, 1, 0)), nameOf(await programs.programOf(0, 1, 1))]).toEqual(['second', 'second']);
    programs.jobEnded(1, ended);
    await settled();
    expect(log).toEqual(['after']);
  });

  it('that throw before they execute hand on what they threw', async () => {
    await expect(programsOf(`throw new RangeError('bad day');`).programOf(0, 0)).rejects.toThrow('bad day');
  });

  it('that throw after a job has been executed take nothing back', async () => {
    const programs = programsOf(`await execute('one'); throw new Error('too late');`);
    expect(nameOf(await programs.programOf(0, 0))).toBe('one');
    await expect(programs.programOf(0, 1)).rejects.toThrow('too late');
  });

  it('that end without executing the job do not keep it waiting for ever', async () => {
    const programs = programsOf(`await execute('only');`);
    await programs.programOf(0, 0);
    const second = programs.programOf(0, 1);
    second.catch(() => {});
    await settled();
    clock.advance(60_000);
    await expect(second).rejects.toMatchObject({ code: 'GRAPH_MISMATCH' });
  });

  it('may execute some time after their module has been loaded', async () => {
    const programs = programsOf(`Promise.resolve().then(() => new Promise((go) => setImmediate(go))).then(() => execute('late'));`);
    expect(nameOf(await programs.programOf(0, 0))).toBe('late');
  });
});

describe('programs that were submitted in the same process', () => {
  it('are the same for every slot, one for each job', async () => {
    const programs = new SubmittedPrograms();
    const [one, two] = [named('one'), named('two')];
    expect([programs.submit(one), programs.submit(two)]).toEqual([0, 1]);
    expect([await programs.programOf(0, 1), await programs.programOf(5, 1), await programs.programOf(0, 0)]).toEqual([two, two, one]);
  });
});

describe('the graph of a program in a TaskManager', () => {
  const client = graphOf([source(), operator('Map')], [[1, 2]]);
  const copy = (graph: typeof client): JobProgram => ({ ...named('x'), graph });

  it('must be that of the client', () => {
    expect(() => checkSameGraph(graphHash(client), client, copy(structuredClone(client)), 0)).not.toThrow();
  });

  it('is refused otherwise, with the slot and the operator that differs', () => {
    const other = graphOf([source(), operator('Filter')], [[1, 2]]);
    expect(() => checkSameGraph(graphHash(client), client, copy(other), 3)).toThrow(expect.objectContaining({ code: 'GRAPH_MISMATCH', message: expect.stringMatching(/^slot 3: .*Map/) as string }) as Error);
  });
});
