import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { csvEncoder } from '../../../src/connectors/file/csv.js';
import { TextFileSink, type TextFileSinkOptions } from '../../../src/connectors/file/text-file-sink.js';
import type { SinkWriter } from '../../../src/operators/sink.js';
import { fakeHost, noFacts } from '../drive.js';

let folder: string;
let count = 0;
beforeAll(() => void (folder = mkdtempSync(join(tmpdir(), 'text-sink-'))));
afterAll(() => rmSync(folder, { recursive: true }));
const fresh = (): string => join(folder, `out-${count++}`);

function write(path: string, values: unknown[], options: TextFileSinkOptions<unknown> = {}, place: { subtask?: number; parallelism?: number; attempt?: number } = {}): void {
  const writer = new TextFileSink(path, options).createWriter(fakeHost(place).context) as SinkWriter<unknown>;
  try {
    for (const value of values) void writer.write(value, noFacts);
    void writer.flush(true);
  } finally {
    void writer.close?.();
  }
}

describe('the text file sink', () => {
  it('writes a line a record into one file, and makes its folders', () => {
    const path = join(fresh(), 'deep', 'out.txt');
    write(path, ['a', ['b', 1], 'ü']);
    expect(readFileSync(path, 'utf8')).toBe('a\n["b",1]\nü\n');
  });

  it('writes a file a subtask into a folder when there are several', () => {
    const path = fresh();
    write(path, ['a'], {}, { subtask: 0, parallelism: 2 });
    write(path, ['b'], {}, { subtask: 1, parallelism: 2 });
    expect(readdirSync(path)).toEqual(['1', '2']);
    expect(readFileSync(join(path, '2'), 'utf8')).toBe('b\n');
  });

  it('leaves a file that exists alone unless told to overwrite', () => {
    const path = fresh();
    writeFileSync(path, 'precious and long\n');
    expect(() => write(path, ['a'])).toThrow(expect.objectContaining({ code: 'OUTPUT_UNWRITABLE', message: `Cannot write ${path}: it exists already`, hint: expect.stringContaining('OVERWRITE') }));
    expect(readFileSync(path, 'utf8')).toBe('precious and long\n');
    write(path, ['a'], { writeMode: 'OVERWRITE' });
    expect(readFileSync(path, 'utf8')).toBe('a\n');
  });

  it('replaces a file by a folder, and a folder by a file when it is empty or holds what several subtasks have written', () => {
    const path = fresh();
    writeFileSync(path, 'x');
    expect(() => write(path, ['a'], {}, { parallelism: 2 })).toThrow(/exists already/);
    write(path, ['a'], { writeMode: 'OVERWRITE' }, { parallelism: 2 });
    expect(readdirSync(path)).toEqual(['1']);
    expect(() => write(path, ['b'], {}, { attempt: 1 })).toThrow(/it is a folder/);
    writeFileSync(join(path, 'notes'), 'precious');
    expect(() => write(path, ['b'], { writeMode: 'OVERWRITE' })).toThrow(/it is a folder/);
    expect(readdirSync(path)).toEqual(['1', 'notes']);
    rmSync(join(path, 'notes'));
    write(path, ['b'], { writeMode: 'OVERWRITE' });
    expect(readFileSync(path, 'utf8')).toBe('b\n');
    const empty = fresh();
    mkdirSync(empty);
    write(empty, ['c'], { writeMode: 'OVERWRITE' });
    expect(readFileSync(empty, 'utf8')).toBe('c\n');
  });

  it('lets a later attempt of the same job replace what an earlier one wrote', () => {
    const path = fresh();
    write(path, ['first']);
    write(path, ['again'], {}, { attempt: 1 });
    expect(readFileSync(path, 'utf8')).toBe('again\n');
  });

  it('keeps what came before a failure', () => {
    const path = fresh();
    const writer = new TextFileSink(path).createWriter(fakeHost().context) as SinkWriter<unknown>;
    void writer.write('a', noFacts);
    void writer.close?.();
    expect(readFileSync(path, 'utf8')).toBe('a\n');
  });

  it('writes large output whole', () => {
    const path = fresh();
    const values = Array.from({ length: 50_000 }, (_, index) => `line ${index} €`);
    write(path, values);
    expect(readFileSync(path, 'utf8')).toBe(values.map((value) => value + '\n').join(''));
  });

  it('says so when the device is full', () => {
    if (!existsSync('/dev/full')) return;
    expect(() => write('/dev/full', ['a'], { writeMode: 'OVERWRITE' })).toThrow(/\/dev\/full: no space is left/);
  });

  it('says so when a part of the path is a file, or the URL leads elsewhere', () => {
    const path = fresh();
    writeFileSync(path, 'x');
    expect(() => write(join(path, 'below', 'x'), ['a'])).toThrow(/Cannot write .*: a part of the path is a file/);
    expect(() => new TextFileSink('hdfs://name/x')).toThrow(/no file system for "hdfs:"/);
  });

  it('takes file URLs, encoders and line ends', () => {
    const path = fresh();
    mkdirSync(join(path, '..'), { recursive: true });
    write(pathToFileURL(path).href, [1, 2], { encode: (value) => `<${String(value)}>`, lineDelimiter: '\r\n' });
    expect(readFileSync(path, 'utf8')).toBe('<1>\r\n<2>\r\n');
  });
});

describe('a line of CSV', () => {
  const csv = csvEncoder();
  it.each<[unknown, string]>([
    [['the', 5], 'the,5'],
    [{ word: 'a', at: new Date(0) }, 'a,1970-01-01T00:00:00.000Z'],
    ['alone', 'alone'],
    [['a,b', 'say "hi"', 'two\nlines', ' kept '], '"a,b","say ""hi""","two\nlines", kept '],
    [[null, undefined, ''], ',,'],
    [[['nested', 1], true], '"[""nested"",1]",true'],
  ])('of %o is %s', (value, line) => expect(csv(value)).toBe(line));

  it('takes another delimiter', () => expect(csvEncoder(';')(['a,b', 'c;d'])).toBe('a,b;"c;d"'));
});
