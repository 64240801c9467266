import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Configuration, DataGeneratorSource, RecoveryClaimMode, RestoreMode, SavepointRestoreSettings, StateRecoveryOptions, StreamExecutionEnvironment, WatermarkStrategy } from '../../src/index.js';
import { MiniCluster } from '../../src/testing/index.js';

const values = (settings: SavepointRestoreSettings): unknown[] => [settings.getRestorePath(), settings.allowNonRestoredState(), settings.getRecoveryClaimMode()];

describe('where a job goes on from', () => {
  it('is nowhere unless a path is given; the snapshot stays its owner’s, and no state is dropped, unless that is said', () => {
    expect([SavepointRestoreSettings.none().restoreSavepoint(), values(SavepointRestoreSettings.none())]).toEqual([false, [undefined, false, 'NO_CLAIM']]);
    expect([SavepointRestoreSettings.forPath('/s').restoreSavepoint(), values(SavepointRestoreSettings.forPath('/s'))]).toEqual([true, ['/s', false, 'NO_CLAIM']]);
    expect(values(SavepointRestoreSettings.forPath('/s', true, RecoveryClaimMode.CLAIM))).toEqual(['/s', true, RestoreMode.CLAIM]);
  });

  it('is written into a configuration and read from it', () => {
    const configuration = new Configuration();
    const settings = SavepointRestoreSettings.forPath('/s', true, 'CLAIM');
    SavepointRestoreSettings.toConfiguration(settings, configuration);
    expect([configuration.get(StateRecoveryOptions.SAVEPOINT_PATH), configuration.get(StateRecoveryOptions.SAVEPOINT_IGNORE_UNCLAIMED_STATE), configuration.get(StateRecoveryOptions.RESTORE_MODE)]).toEqual(['/s', true, 'CLAIM']);
    expect(SavepointRestoreSettings.fromConfiguration(configuration).equals(settings)).toBe(true);
    SavepointRestoreSettings.toConfiguration(SavepointRestoreSettings.none(), configuration);
    expect(SavepointRestoreSettings.fromConfiguration(configuration).equals(SavepointRestoreSettings.none())).toBe(true);
  });

  it('is a folder, and one of two modes', () => {
    expect(() => SavepointRestoreSettings.forPath('')).toThrow('a folder');
    expect(() => SavepointRestoreSettings.forPath('/s', false, 'LEGACY' as never)).toThrow('NO_CLAIM, CLAIM');
  });

  describe('is what a program may say itself', () => {
    let folder: string;
    let cluster: MiniCluster;
    beforeEach(() => {
      folder = mkdtempSync(join(tmpdir(), 'settings-'));
      cluster = new MiniCluster({ configuration: { 'execution.checkpointing.savepoint-dir': folder } });
    });
    afterEach(async () => {
      await cluster.close();
      rmSync(folder, { recursive: true });
    });

    it('of any of its jobs, which goes on from there', async () => {
      const seen: number[] = [];
      const begin = (settings: SavepointRestoreSettings) => {
        const configuration = new Configuration();
        SavepointRestoreSettings.toConfiguration(settings, configuration);
        const env = StreamExecutionEnvironment.getExecutionEnvironment(configuration);
        env.fromSource(new DataGeneratorSource((n) => n, 20, 100), WatermarkStrategy.noWatermarks(), 'numbers').uid('numbers').addSink((n) => void seen.push(n)).uid('sink');
        return env.executeAsync();
      };
      await cluster.run(async () => {
        const first = await begin(SavepointRestoreSettings.none());
        await cluster.clock.advance('100 ms');
        const path = await first.stopWithSavepoint(false);
        expect(seen.length).toBeLessThan(20);
        const second = await begin(SavepointRestoreSettings.forPath(path));
        await cluster.clock.advance('1 s');
        await second.getJobExecutionResult();
      });
      expect(seen).toEqual(Array.from({ length: 20 }, (_, n) => n));
    });
  });
});
