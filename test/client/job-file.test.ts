import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { BUNDLE_FORMAT, BUNDLE_MARK, findJobFile } from '../../src/client/job-file.js';
import type { FlinkError } from '../../src/core/errors.js';

let folder: string;
beforeEach(() => void (folder = mkdtempSync(join(tmpdir(), 'flink-test-'))));
afterEach(() => rmSync(folder, { recursive: true }));
const file = (name: string, text = ''): void => {
  mkdirSync(join(folder, name, '..'), { recursive: true });
  writeFileSync(join(folder, name), text);
};
const refusal = (given: string): FlinkError => {
  try {
    findJobFile(given, folder);
  } catch (error) {
    return error as FlinkError;
  }
  throw new Error(`${given} was found`);
};

describe('a job file', () => {
  it('is found by its path, shown as a person would write it', () => {
    file('jobs/a.ts');
    expect(findJobFile('./jobs/a.ts', folder)).toEqual({ path: join(folder, 'jobs/a.ts'), shown: 'jobs/a.ts', compiled: false });
  });

  it('that is missing is told with the nearest names', () => {
    file('jobs/word-count.ts');
    expect(refusal('jobs/wordcount.ts')).toMatchObject({ code: 'JOB_FILE_MISSING', message: 'the job file jobs/wordcount.ts does not exist', hint: 'Did you mean jobs/word-count.ts?' });
    expect(refusal('nope/a.ts')).toMatchObject({ message: expect.stringContaining('nor does its folder') });
  });

  it('whose ending was left out is told with its whole name', () => {
    for (const name of ['a.ts', 'a.txt', 'ab.ts']) file(name);
    expect(refusal('a').hint).toBe('Did you mean a.ts?');
  });

  it('is a program by its name, or a bundle by its first line, whatever its name', () => {
    file('book.txt', 'call me');
    expect(refusal('book.txt')).toMatchObject({ code: 'JOB_FILE_MISSING', message: expect.stringContaining('book.txt is no job') });
    file('bundled', `${BUNDLE_MARK}${BUNDLE_FORMAT}\n`);
    expect(findJobFile('bundled', folder).compiled).toBe(true);
  });
});

describe('a folder', () => {
  it('starts from what its package.json names, "flink" before "main"', () => {
    file('app/package.json', '{"main": "a.ts"}');
    file('app/a.ts');
    expect(findJobFile('app', folder).shown).toBe('app/a.ts');
    file('app/package.json', '{"main": "a.ts", "flink": "b.ts"}');
    expect(refusal('app')).toMatchObject({ message: expect.stringContaining('names b.ts, which is not there') });
  });

  it('starts from job.ts, else index.ts', () => {
    file('app/index.ts');
    expect(findJobFile('app', folder).shown).toBe('app/index.ts');
    file('app/job.ts');
    expect(findJobFile('app', folder).shown).toBe('app/job.ts');
  });

  it('without a job says what was looked for', () => {
    mkdirSync(join(folder, 'empty'));
    expect(refusal('empty')).toMatchObject({ code: 'JOB_FILE_MISSING', message: 'the folder empty holds no job: neither job.ts nor index.ts is there' });
    file('broken/package.json', '{');
    expect(refusal('broken')).toMatchObject({ message: expect.stringContaining('package.json of broken') });
  });
});

describe('a bundle', () => {
  it('is known by its first line', () => {
    file('b.mjs', `${BUNDLE_MARK}${BUNDLE_FORMAT}\nexport {};`);
    expect(findJobFile('b.mjs', folder).compiled).toBe(true);
  });

  it('of another format is refused', () => {
    file('b.mjs', `${BUNDLE_MARK}99\n`);
    expect(refusal('b.mjs')).toMatchObject({ code: 'JOB_COMPILE', message: 'b.mjs is a bundle of format 99, but this version reads format 1' });
  });
});
