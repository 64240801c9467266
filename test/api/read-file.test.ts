import { mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { FileProcessingMode, StreamExecutionEnvironment, TextInputFormat } from '../../src/index.js';

const env = (): StreamExecutionEnvironment => StreamExecutionEnvironment.getExecutionEnvironment();

describe('readFile', () => {
  it('refuses other formats, missing paths and unknown modes', () => {
    expect(() => env().readFile({} as never, 'in')).toThrow(/readFile expects a TextInputFormat/);
    expect(() => env().readFile(new TextInputFormat())).toThrow(/readFile expects a path/);
    expect(() => env().readFile(new TextInputFormat('in'), undefined, 'SOMETIMES' as never)).toThrow(/a FileProcessingMode/);
    expect(() => env().readFile(new TextInputFormat('in'), undefined, FileProcessingMode.PROCESS_CONTINUOUSLY, 0)).toThrow(/more than 0/);
  });

  it('reads records with the delimiter, the charset and the filter of its format, oldest file first', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'read-file-'));
    for (const [name, text, seconds] of [['a', 'ä|b', 9], ['b', 'c|', 5], ['no.txt', 'no|', 7]] as const) {
      writeFileSync(join(folder, name), Buffer.from(text, 'latin1'));
      utimesSync(join(folder, name), seconds, seconds);
    }
    const format = new TextInputFormat();
    format.setDelimiter('|');
    format.setCharsetName('ISO-8859-1');
    format.setFilesFilter({ filterPath: (path) => path.endsWith('.txt') });
    expect([format.getDelimiter(), format.getCharsetName()]).toEqual(['|', 'ISO-8859-1']);
    expect(() => format.setFilesFilter((() => true) as never)).toThrow('setFilesFilter takes an object with filterPath(path)');
    const texts = await env().readFile(format, folder).executeAndCollect(10);
    const plain = await env().readTextFile(folder, 'latin1').executeAndCollect(10);
    rmSync(folder, { recursive: true });
    expect(texts).toEqual(['c', 'ä', 'b']);
    expect(plain).toEqual(['c|', 'no|', 'ä|b']);
  });

  it('is bounded when it reads once, and not when it goes on', () => {
    const folder = mkdtempSync(join(tmpdir(), 'read-file-'));
    writeFileSync(join(folder, 'a'), 'x\n');
    const boundedness = (mode: FileProcessingMode): boolean => {
      const of = env();
      of.readFile(new TextInputFormat(folder), folder, mode, 10).print();
      return of.getStreamGraph().nodes[0]!.bounded;
    };
    expect([boundedness('PROCESS_ONCE'), boundedness('PROCESS_CONTINUOUSLY')]).toEqual([true, false]);
    rmSync(folder, { recursive: true });
  });
});
