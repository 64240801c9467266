import { describe, expect, it } from 'vitest';
import { checkpointSettings } from '../../src/checkpoint/checkpoint-settings.js';
import { Configuration } from '../../src/core/configuration.js';
import { CheckpointInterval } from '../../src/core/options.js';

describe('the checkpoints of a job', () => {
  it('are none in batch mode, whatever interval is set', () => {
    const configuration = new Configuration().set(CheckpointInterval, 1_000);
    expect([checkpointSettings(configuration, true).intervalMs, checkpointSettings(configuration, false).intervalMs]).toEqual([1_000, undefined]);
  });
});
