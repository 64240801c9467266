/** Logs that grow become older ones, of which so many are kept. */
import { appendFileSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { watchLogs } from '../../../src/client/session/rotate-log.js';
import { Configuration } from '../../../src/core/configuration.js';
import { LogFileSize, LogFilesMax } from '../../../src/core/options.js';
import { ManualClock } from '../../../src/testing/manual-clock.js';

let folder: string;
beforeEach(() => void (folder = mkdtempSync(join(tmpdir(), 'flink-logs-'))));
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const written = (): Record<string, string> => Object.fromEntries(readdirSync(folder).sort().map((name) => [name, readFileSync(join(folder, name), 'utf8')]));

describe('a log', () => {
  it('that is larger than it may be becomes an older one; the newest of these are kept, and what is written goes on at its beginning', () => {
    const clock = new ManualClock();
    const watch = watchLogs(folder, () => true, new Configuration().set(LogFileSize, 10).set(LogFilesMax, 2), clock);
    for (const line of ['the first one\n', 'the second one\n', 'the third one\n']) {
      appendFileSync(join(folder, 'job.out'), line);
      clock.advance('10 s');
    }
    appendFileSync(join(folder, 'job.out'), 'short\n');
    clock.advance('10 s');
    expect(written()).toEqual({ 'job.out': 'short\n', 'job.out.1': 'the third one\n', 'job.out.2': 'the second one\n' });
    watch.close();
    expect(clock.nextCall).toBeUndefined();
  });

  it('of somebody else, and what is no log, is left alone', () => {
    const clock = new ManualClock();
    watchLogs(folder, (name) => name.startsWith('ours'), new Configuration().set(LogFileSize, 1), clock);
    for (const name of ['ours.log', 'theirs.log', 'ours.txt']) appendFileSync(join(folder, name), 'a line\n');
    clock.advance('10 s');
    expect(written()).toEqual({ 'ours.log': '', 'ours.log.1': 'a line\n', 'ours.txt': 'a line\n', 'theirs.log': 'a line\n' });
  });
});
