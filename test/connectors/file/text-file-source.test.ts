import { mkdirSync, mkdtempSync, rmSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { deflateSync, gzipSync } from 'node:zlib';
import * as fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { TextFileSource, type TextFileOptions } from '../../../src/connectors/file/text-file-source.js';
import { drive, readAll } from '../drive.js';

let folder: string;
let count = 0;
beforeAll(() => void (folder = mkdtempSync(join(tmpdir(), 'text-file-'))));
afterAll(() => rmSync(folder, { recursive: true }));

function file(content: string | Uint8Array, name = `file-${count++}.txt`): string {
  const path = join(folder, name);
  mkdirSync(join(path, '..'), { recursive: true });
  writeFileSync(path, content);
  return path;
}

/** The lines of a text as this source defines them. */
function linesOf(text: string): string[] {
  const lines = text.split('\n');
  if (lines.at(-1) === '') lines.pop();
  return lines.map((line) => (line.endsWith('\r') ? line.slice(0, -1) : line));
}

async function lines(path: string, options?: TextFileOptions, parallelism = 1): Promise<string[]> {
  return (await readAll(new TextFileSource(path, options), { parallelism })).flat();
}

describe('the text file source', () => {
  it('gives the lines of a file without their line ends', async () => {
    expect(await lines(file('to be\nor not\r\n\nto be'))).toEqual(['to be', 'or not', '', 'to be']);
  });

  it('takes a last line with or without an end, and nothing from an empty file', async () => {
    expect(await lines(file('a\nb\n'))).toEqual(['a', 'b']);
    expect(await lines(file('a\nb\r'))).toEqual(['a', 'b']);
    expect(await lines(file('\n'))).toEqual(['']);
    expect(await lines(file(''))).toEqual([]);
  });

  it('drops a byte order mark at the start of a file only', async () => {
    expect(await lines(file('\ufeffa\n\ufeffb'))).toEqual(['a', '\ufeffb']);
    expect(await lines(file('\ufeff'))).toEqual([]);
  });

  it('reads lines longer than a block, and characters that lie across blocks', async () => {
    const text = `${'ä€😀x'.repeat(50_000)}\nshort\n${'€'.repeat(65_537)}`;
    expect(await lines(file(text))).toEqual(text.split('\n'));
  });

  it.each([65_534, 65_535, 65_536, 65_537])('keeps a line whose end is byte %d whole', async (length) => {
    const text = `${'a'.repeat(length - 2)}é\nnext\n`;
    expect(await lines(file(text))).toEqual([`${'a'.repeat(length - 2)}é`, 'next']);
  });

  it('reads other charsets', async () => {
    expect(await lines(file(Buffer.from('é\nü\r\n', 'latin1')), { charset: 'ISO-8859-1' })).toEqual(['é', 'ü']);
    expect(await lines(file(Buffer.from('\ufeffaĊ\u0a0a\nb\r\n', 'utf16le')), { charset: 'utf-16le' })).toEqual(['aĊ\u0a0a', 'b']);
    expect(await lines(file(Buffer.from('aĊ\nb\n', 'utf16le').swap16()), { charset: 'UTF-16BE' })).toEqual(['aĊ', 'b']);
    expect(await lines(file(Buffer.from([0x80, 10])), { charset: 'windows-1252' })).toEqual(['€']);
    expect(await lines(file(Buffer.from([0x9f, 0x81, 10])), { charset: 'cp1252' })).toEqual(['Ÿ\x81']);
    expect(await lines(file(Buffer.from([0xc1, 10])), { charset: 'koi8-r' })).toEqual(['а']);
    expect(() => new TextFileSource('x', { charset: 'klingon' })).toThrow(/"klingon" is not a charset/);
  });

  it('unpacks .gz files, also of several members, and .deflate files', async () => {
    const packed = Buffer.concat([gzipSync('a\nb'), gzipSync('c\nd\n')]);
    expect(await lines(file(packed, 'members.txt.gz'))).toEqual(['a', 'bc', 'd']);
    expect(await lines(file(deflateSync('x\ny'), 'x.deflate'))).toEqual(['x', 'y']);
    const large = Array.from({ length: 100_000 }, (_, index) => `line ${index} ä`);
    expect(await lines(file(gzipSync(large.join('\n')), 'large.gz'), {}, 3)).toEqual(large);
  });

  it('reads a folder without its hidden files, in the order of names, and inner folders when asked', async () => {
    file('2\n', 'set/b.txt');
    file('1\n', 'set/a.txt');
    file('no\n', 'set/_SUCCESS');
    file('no\n', 'set/.hidden');
    file('3\n', 'set/inner/c.txt');
    expect(await lines(join(folder, 'set'))).toEqual(['1', '2']);
    expect(await lines(join(folder, 'set'), { recursive: true })).toEqual(['1', '2', '3']);
    expect(await lines(join(folder, 'set/*.txt'))).toEqual(['1', '2']);
    expect(await lines(join(folder, 'set/**/*.txt'))).toEqual(['1', '2', '3']);
    expect(await lines(join(folder, 'set/{b,a,z}.txt'))).toEqual(['1', '2']);
    expect(await lines(join(folder, 's?t/[!b].txt'))).toEqual(['1']);
    expect(await lines(join(folder, 'set/**'))).toEqual(['1', '2', '3']);
    expect(await lines(join(folder, 'set/_*'))).toEqual(['no']);
  });

  it('reads the file first that was written to first when it is told to, and those of the same millisecond by name', async () => {
    for (const [name, seconds] of [['c', 1], ['a', 3], ['b', 2], ['e', 2.0001], ['d', 2.0002]] as const) utimesSync(file(`${name}\n`, `times/${name}`), seconds, seconds);
    expect(await lines(join(folder, 'times'), { order: 'modification' })).toEqual(['c', 'b', 'd', 'e', 'a']);
    expect(await lines(join(folder, 'times'))).toEqual(['a', 'b', 'c', 'd', 'e']);
  });

  it('passes over what it is told to in a folder, folders too, but not what it was given itself', async () => {
    for (const name of ['**a', 'b', 'in/**c', 'in/d', 'out/e']) file(`${name}\n`, `skipped/${name}`);
    const skip = (path: string): boolean => path.endsWith('/out') || path.includes('/**');
    expect(await lines(join(folder, 'skipped'), { recursive: true, skip })).toEqual(['b', 'in/d']);
    expect(await lines(join(folder, 'skipped/*/*'), { skip })).toEqual(['in/d', 'out/e']);
    expect(await lines(join(folder, 'skipped/**a'), { skip })).toEqual(['**a']);
  });

  it('takes file URLs, links, and names that look like patterns', async () => {
    const path = file('x\n', 'odd [1].txt');
    expect(await lines(path)).toEqual(['x']);
    expect(await lines(pathToFileURL(path).href)).toEqual(['x']);
    symlinkSync(path, join(folder, 'link'));
    expect(await lines(join(folder, 'link'))).toEqual(['x']);
  });

  it('reads an empty folder as nothing', async () => {
    mkdirSync(join(folder, 'empty'));
    expect(await lines(join(folder, 'empty'))).toEqual([]);
  });

  it('fails before reading when something is not there, naming path and reason', async () => {
    const missing = join(folder, 'missing.txt');
    await expect(lines(missing)).rejects.toMatchObject({ code: 'INPUT_UNREADABLE', message: `Cannot read ${missing}: it does not exist` });
    await expect(lines(join(folder, 'no*match'))).rejects.toThrow(/no\*match: no file matches the pattern/);
    await expect(lines(join(file('x'), 'below'))).rejects.toThrow(/is a file, not a folder/);
    await expect(lines('hdfs://host/x')).rejects.toThrow(/no file system for "hdfs:"/);
    await expect(lines(file('x', 'x.bz2'))).rejects.toMatchObject({ hint: expect.stringContaining('bzip2 -dc') });
    symlinkSync(join(folder, 'nowhere'), join(folder, 'dangling'));
    await expect(lines(join(folder, 'dangling'))).rejects.toThrow(/dangling: it does not exist/);
  });

  it('says when packed data is damaged or ends too early', async () => {
    const packed = gzipSync('some text that is long enough\n'.repeat(1000));
    await expect(lines(file(packed.subarray(0, 60), 'short.gz'))).rejects.toThrow(/short\.gz: its compressed data ends too early/);
    await expect(lines(file('plain text', 'wrong.gz'))).rejects.toThrow(/wrong\.gz: its compressed data is damaged/);
  });

  it('stops when the output is full and goes on where it stopped', async () => {
    const driven = await drive(new TextFileSource(file('a\nb\nc\n')), { turn: 2 });
    expect(driven.poll(0)).toBe('MORE_AVAILABLE');
    expect(driven.outputs[0]!.values).toEqual(['a', 'b']);
    expect((await driven.run())[0]).toEqual(['a', 'b', 'c']);
  });
});

describe('splits of text files', () => {
  it('of a large file go to all readers, each line once', async () => {
    const text = Array.from({ length: 60_000 }, (_, index) => `line ${index}`);
    const parts = await readAll(new TextFileSource(file(text.join('\n'))), { parallelism: 4 });
    expect(parts.every((part) => part.length > 0)).toBe(true);
    expect(parts.flat().sort()).toEqual([...text].sort());
  });

  it('of many small files travel several at a time', async () => {
    for (let index = 0; index < 100; index++) file(`${index}\n`, `many/${index}.txt`);
    let requests = 0;
    const source = new TextFileSource(join(folder, 'many'));
    const create = source.createEnumerator.bind(source);
    source.createEnumerator = (context) => {
      const enumerator = create(context);
      const handle = enumerator.handleSplitRequest.bind(enumerator);
      enumerator.handleSplitRequest = (subtask) => {
        requests++;
        handle(subtask);
      };
      return enumerator;
    };
    const values = (await readAll(source, { parallelism: 2 })).flat();
    expect(values).toHaveLength(100);
    expect(requests).toBeLessThan(10);
  });

  const texts = fc.array(fc.constantFrom('a', 'bc', '\n', '\r', '\r\n', 'é', '€', '😀', ' ', '\ufeff'), { maxLength: 60 }).map((parts) => parts.join(''));

  it('give exactly the lines of the text, in order within a split, whatever the text and the split size', async () => {
    const path = join(folder, 'any.txt');
    await fc.assert(
      fc.asyncProperty(texts, fc.integer({ min: 1, max: 40 }), fc.constantFrom('utf-8', 'utf-16le', 'latin1'), fc.integer({ min: 1, max: 5 }), async (text, splitSize, charset, turn) => {
        const bytes = charset === 'latin1' ? Buffer.from(text, 'latin1') : Buffer.from(text, charset === 'utf-8' ? 'utf8' : 'utf16le');
        writeFileSync(path, bytes);
        const plain = charset === 'latin1' ? bytes.toString('latin1') : text.replace(/^\ufeff/, '');
        const driven = await drive(new TextFileSource(path, { splitSize, charset }), { turn });
        // One reader takes the splits in order, so the whole comes in order.
        expect((await driven.run())[0]).toEqual(linesOf(plain));
      }),
      { numRuns: 400 },
    );
  });

  it('are read on from a snapshot taken anywhere, without loss or repetition', async () => {
    const path = join(folder, 'resumed.txt');
    const packed = join(folder, 'resumed.txt.gz');
    await fc.assert(
      fc.asyncProperty(texts, fc.integer({ min: 1, max: 30 }), fc.nat({ max: 20 }), fc.boolean(), async (text, splitSize, polls, gz) => {
        writeFileSync(gz ? packed : path, gz ? gzipSync(text) : text);
        const source = new TextFileSource(gz ? packed : path, { splitSize });
        const first = await drive(source, { turn: 1 });
        for (let poll = 0; poll < polls; poll++) {
          const status = first.poll(0);
          if (status === 'END_OF_INPUT') break;
          if (status === 'NOTHING_AVAILABLE') await first.readers[0]!.isAvailable();
        }
        const restored = [first.readers[0]!.snapshotState(1)];
        const second = await drive(source, { checkpoint: first.enumerator.snapshotState(1), restored });
        await first.close();
        const after = (await second.run())[0]!;
        expect([...first.outputs[0]!.values, ...after]).toEqual(linesOf(text.replace(/^\ufeff/, '')));
      }),
      { numRuns: 300 },
    );
  });
});

describe('records with a delimiter of their own', () => {
  it('end with the first that follows their start, and the last needs none', async () => {
    expect(await lines(file('my key|my val$$$my key2\n$$ctd.$$|my value2'), { delimiter: '$$$' })).toEqual(['my key|my val', 'my key2\n$$ctd.$$|my value2']);
    expect(await lines(file('www112xx1123yyy11123zzzzz1123'), { delimiter: '1123' })).toEqual(['www112xx', 'yyy1', 'zzzzz']);
    expect(await lines(file('a|b\r|'), { delimiter: '|' })).toEqual(['a', 'b\r']);
    expect(await lines(file('a|b|'), { delimiter: '\n' })).toEqual(['a|b|']);
    expect(await lines(file(''), { delimiter: '|' })).toEqual([]);
    expect(await lines(file(gzipSync('a||b'), 'delimited.gz'), { delimiter: '||' })).toEqual(['a', 'b']);
  });

  it('may have one of several characters, in the charset of the file', async () => {
    const records = ['\u020e\u021f\u05c0\u020b\u020f', 'Apache', '\nFlink', '\u0000', '\u05c0'];
    const text = records.join('\u05c0\u05c0');
    for (const [charset, bytes] of [['UTF-8', Buffer.from(text)], ['UTF-16LE', Buffer.from(text, 'utf16le')], ['UTF-16BE', Buffer.from(text, 'utf16le').swap16()]] as const) {
      expect(await lines(file(bytes), { delimiter: '\u05c0\u05c0', charset })).toEqual(records);
    }
    // Two characters that have the bytes of the delimiter across their border.
    expect(await lines(file(Buffer.from('a\u4201Āb', 'utf16le')), { delimiter: 'Ā', charset: 'utf-16' })).toEqual(['a\u4201', 'b']);
    expect(() => new TextFileSource('x', { delimiter: '' })).toThrow('at least one character');
    expect(() => new TextFileSource('x', { delimiter: '|', charset: 'shift_jis' })).toThrow('searched for in UTF-8, Latin-1');
  });

  it.each([0, 1, 3, 6, 7])('are found with %d bytes of the delimiter before the end of a block, and what only looks like one', async (before) => {
    const records = [`${'x'.repeat(64 * 1024 - 9 - before)}<DEL?NO!>`, 'short', `${'y'.repeat(300_000)}<DEL`, '<DEL?NO!>'];
    expect(await lines(file(records.join('<DELIM>')), { delimiter: '<DELIM>' }, 3)).toEqual(records);
  });

  it('come whole and once, wherever reading stops and goes on', async () => {
    const path = join(folder, 'delimited.txt');
    const parts = fc.array(fc.constantFrom('a', '$', '$$', '\n', 'é', '\ufeff'), { maxLength: 40 }).map((all) => all.join(''));
    await fc.assert(fc.asyncProperty(parts, fc.constantFrom('$', '$$', 'a$', '\n$'), fc.nat({ max: 12 }), async (text, delimiter, polls) => {
      writeFileSync(path, text);
      const expected = text.replace(/^\ufeff/, '').split(delimiter);
      if (expected.at(-1) === '') expected.pop();
      const source = new TextFileSource(path, { delimiter, splitSize: 1 });
      const first = await drive(source, { turn: 1 });
      for (let poll = 0; poll < polls; poll++) {
        const status = first.poll(0);
        if (status === 'END_OF_INPUT') break;
        if (status === 'NOTHING_AVAILABLE') await first.readers[0]!.isAvailable();
      }
      const restored = [structuredClone(first.readers[0]!.snapshotState(1))];
      const second = await drive(source, { checkpoint: first.enumerator.snapshotState(1), restored });
      await first.close();
      expect([...first.outputs[0]!.values, ...(await second.run())[0]!]).toEqual(expected);
    }), { numRuns: 200 });
  });
});
