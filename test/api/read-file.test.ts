import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
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
