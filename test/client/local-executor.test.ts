/**
 * Programs that Node runs by itself.
 */
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { localExecutor } from '../../src/client/local-executor.js';
import { StreamExecutionEnvironment, TumblingEventTimeWindows, TumblingProcessingTimeWindows } from '../../src/index.js';
import { withPipelineExecutor } from '../../src/program/pipeline-executor.js';

describe('a program that was not started by `flink run`', () => {
  const said: string[] = [];
  beforeEach(() => {
    said.length = 0;
    vi.spyOn(process.stderr, 'write').mockImplementation((text) => said.push(String(text)) > 0);
  });
  afterEach(() => void vi.restoreAllMocks());

  const run = async (build: (env: StreamExecutionEnvironment) => void): Promise<unknown> =>
    withPipelineExecutor(await localExecutor(), async () => {
      const env = StreamExecutionEnvironment.getExecutionEnvironment();
      build(env);
      return env.execute();
    }).catch((error: unknown) => error);

  it('is warned on standard error of windows by event time that no timestamps reach', async () => {
    await run((env) => env.fromElements(1).keyBy((n) => n).window(TumblingEventTimeWindows.of('1 s')).reduce((a) => a).collectAsync());
    expect(said).toEqual([expect.stringMatching(/^Warning: "TumblingEventTimeWindows" \(test\/client\/local-executor\.test\.ts:\d+\) works by event time, .*\n$/)]);
  });

  it('is told of windows by the clock that the end of the input dropped', async () => {
    await run((env) => env.fromElements(1, 2).windowAll(TumblingProcessingTimeWindows.of('1 h')).reduce((a, b) => a + b).collectAsync());
    expect(said).toEqual([expect.stringMatching(/^Warning: the input ended before the clock closed 1 window of /)]);
  });
});
