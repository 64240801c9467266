/** What becomes of a job whose process has gone. */
import { describe, expect, it } from 'vitest';
import { Configuration } from '../../src/core/configuration.js';
import { FlinkError } from '../../src/core/errors.js';
import { CheckpointDirectory, CheckpointInterval, CheckpointStorageOption, FixedDelay, FixedDelayAttempts, ParallelismDefault, RestartStrategyType } from '../../src/core/options.js';
import { seededRandom } from '../../src/core/random.js';
import { afterLoss, lossSettings, mayPass } from '../../src/dispatcher/process-loss.js';

const random = seededRandom(1);
/** As the job's process says it and the Dispatcher hears it. */
const after = (configuration: Configuration) => afterLoss(JSON.parse(JSON.stringify(lossSettings(configuration))) as Record<string, unknown>, random);
const delays = (configuration: Configuration, losses: number): (number | undefined)[] => {
  const decided = after(configuration);
  if (!('strategy' in decided)) return [];
  let { strategy } = decided;
  return Array.from({ length: losses }, (_, at) => {
    const verdict = strategy.afterFailure(at * 10_000);
    strategy = verdict.next;
    return verdict.delayMs;
  });
};

describe('a job whose process has gone', () => {
  it('starts again as its restart strategy says, and as often', () => {
    const configuration = new Configuration().set(CheckpointInterval, 100).set(CheckpointDirectory, '/c').set(RestartStrategyType, 'fixed-delay').set(FixedDelayAttempts, 2).set(FixedDelay, 70);
    expect(delays(configuration, 3)).toEqual([70, 70, undefined]);
  });

  it('with checkpoints in a folder starts again after delays that grow, when nobody says otherwise', () => {
    const [first, second] = delays(new Configuration().set(CheckpointInterval, 100).set(CheckpointDirectory, '/c'), 2);
    expect(first).toBeGreaterThanOrEqual(1_000);
    expect(second).toBeGreaterThan(first!);
  });

  it('without checkpoints starts again only when it was said to', () => {
    expect(delays(new Configuration(), 1)).toEqual([undefined]);
    expect(delays(new Configuration().set(RestartStrategyType, 'fixed-delay').set(FixedDelay, 5), 1)).toEqual([5]);
  });

  it('is lost with the memory that its checkpoints were in', () => {
    const lost = { lost: 'its checkpoints were in the memory of that process' };
    expect(after(new Configuration().set(CheckpointInterval, 100))).toEqual(lost);
    expect(after(new Configuration().set(CheckpointInterval, 100).set(CheckpointDirectory, '/c').set(CheckpointStorageOption, 'jobmanager'))).toEqual(lost);
  });

  it('says no more of its configuration than that takes', () => {
    expect(lossSettings(new Configuration().set(ParallelismDefault, 3).set(CheckpointInterval, 100))).toEqual({ 'execution.checkpointing.interval': 100 });
  });
});

it('what kept a program from going on is tried again unless it would come again in the same way', () => {
  expect([new FlinkError('CHECKPOINT_STORAGE', 'x'), new FlinkError('STATE_INCOMPATIBLE', 'x'), new Error('x')].map(mayPass)).toEqual([true, false, false]);
});
