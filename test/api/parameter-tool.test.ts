import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { MultipleParameterTool } from '../../src/api/multiple-parameter-tool.js';
import { ParameterTool } from '../../src/api/parameter-tool.js';

describe('ParameterTool.fromArgs', () => {
  it('reads long and short keys, flags, inline values and negative numbers', () => {
    const tool = ParameterTool.fromArgs(['--input', 'a.txt', '-port', '9000', '--verbose', '--min', '-5', '--ratio', '-0.5e3', '--out=x=y', '-q']);
    expect(tool.toMap()).toEqual({
      input: 'a.txt', port: '9000', verbose: ParameterTool.NO_VALUE_KEY, min: '-5', ratio: '-0.5e3', out: 'x=y', q: ParameterTool.NO_VALUE_KEY,
    });
    expect(tool.getInt('min')).toBe(-5);
    expect(tool.getDouble('ratio')).toBe(-500);
  });

  it('takes a lone dash and a negative number as values', () => {
    expect(ParameterTool.fromArgs(['--input', '-']).get('input')).toBe('-');
    expect(ParameterTool.fromArgs(['--n', '-1']).getLong('n')).toBe(-1);
  });

  it('keeps the last value of a key that comes twice', () => {
    expect(ParameterTool.fromArgs(['--a', '1', '--a', '2']).getInt('a')).toBe(2);
  });

  it('reads nothing from no arguments', () => {
    expect(ParameterTool.fromArgs([]).getNumberOfParameters()).toBe(0);
  });

  it('refuses a value without a key', () => {
    expect(() => ParameterTool.fromArgs(['berlin'])).toThrow(/expects a key; got "berlin"/);
    expect(() => ParameterTool.fromArgs(['--a', '1', '2'])).toThrow(/got "2"/);
  });

  it('refuses dashes without a name', () => {
    expect(() => ParameterTool.fromArgs(['--', 'x'])).toThrow(/a name after the dashes/);
  });

  it('gives back what was written, whatever the values hold', () => {
    const name = fc.string({ minLength: 1 }).filter((text) => !/[=-]/.test(text) && Number.isNaN(Number(`-${text}`)));
    const value = fc.string().filter((text) => !text.startsWith('-'));
    fc.assert(fc.property(fc.dictionary(name, value), (map) => {
      const given = Object.entries(map).flatMap(([key, text]) => [`--${key}`, text]);
      expect(ParameterTool.fromArgs(given).toMap()).toEqual({ ...map });
    }));
  });
});

describe('ParameterTool values', () => {
  const tool = ParameterTool.fromMap({ port: 9000, ratio: '0.5', on: 'TRUE', off: false, word: 'x' });

  it('answers with defaults for what is missing', () => {
    expect(tool.get('none')).toBeUndefined();
    expect(tool.get('none', 'd')).toBe('d');
    expect(tool.getInt('none', 1)).toBe(1);
    expect(tool.getBoolean('none', false)).toBe(false);
  });

  it('reads numbers and booleans', () => {
    expect([tool.getInt('port'), tool.getDouble('ratio'), tool.getFloat('ratio'), tool.getBoolean('on'), tool.getBoolean('off')]).toEqual([9000, 0.5, 0.5, true, false]);
  });

  it('takes a flag without a value as true', () => {
    expect(ParameterTool.fromArgs(['--verbose']).getBoolean('verbose')).toBe(true);
  });

  it('says what is missing and how to give it', () => {
    expect(() => tool.getRequired('host')).toThrow(expect.objectContaining({ code: 'INVALID_ARGUMENT', message: "No data for required key 'host'", hint: 'Give the program --host <value>.' }));
    expect(() => tool.getInt('host')).toThrow("No data for required key 'host'");
  });

  it('says which value is not of its kind', () => {
    expect(() => tool.getInt('word')).toThrow(`getInt('word') expects a whole number; got "x"`);
    expect(() => tool.getInt('ratio')).toThrow('expects a whole number');
    expect(() => tool.getBoolean('word', true)).toThrow('expects true or false');
    expect(() => ParameterTool.fromArgs(['--port']).getInt('port')).toThrow('got no value');
  });

  it('merges with the other one winning', () => {
    const merged = ParameterTool.fromMap({ a: 1, b: 1 }).mergeWith(ParameterTool.fromMap({ b: 2 }));
    expect(merged.toMap()).toEqual({ a: '1', b: '2' });
  });

  it('knows what nobody asked for', () => {
    const args = ParameterTool.fromArgs(['--input', 'a', '--paralelism', '2']);
    args.get('input');
    expect(args.getUnrequestedParameters()).toEqual(new Set(['paralelism']));
  });

  it('reads environment variables as system properties', () => {
    expect(ParameterTool.fromSystemProperties().get('PATH')).toBe(process.env['PATH']);
  });
});

describe('ParameterTool.fromPropertiesFile', () => {
  function fromText(text: string): Record<string, string> {
    const folder = mkdtempSync(join(tmpdir(), 'flink-properties-'));
    try {
      writeFileSync(join(folder, 'a.properties'), text);
      return ParameterTool.fromPropertiesFile(join(folder, 'a.properties')).toMap();
    } finally {
      rmSync(folder, { recursive: true });
    }
  }

  it('reads separators, comments, continued lines and escapes as Java does', () => {
    expect(fromText('# comment\n! too\na=1\nb: 2\nc 3\n  d =  4 \ne=one \\\n   two\nk\\=ey=v\\u00e4\\tx\nflag\n\\\\path=C:\\\\x\n')).toEqual({
      a: '1', b: '2', c: '3', d: '4 ', e: 'one two', 'k=ey': 'vä\tx', flag: '', '\\path': 'C:\\x',
    });
  });

  it('names a file that cannot be read', () => {
    expect(() => ParameterTool.fromPropertiesFile('/no/such.properties')).toThrow(expect.objectContaining({ code: 'INPUT_UNREADABLE' }));
  });
});

describe('parameters that may come several times', () => {
  const tool = MultipleParameterTool.fromArgs(['--input', 'a.txt', '--window', '5', '--input=b.txt', '--verbose']);

  it('are kept in their order', () => {
    expect([tool.getMultiParameter('input'), tool.getMultiParameterRequired('window'), tool.getMultiParameter('output')]).toEqual([['a.txt', 'b.txt'], ['5'], undefined]);
    expect(tool.toMultiMap()).toEqual({ input: ['a.txt', 'b.txt'], window: ['5'], verbose: [ParameterTool.NO_VALUE_KEY] });
    expect(() => tool.getMultiParameterRequired('output')).toThrow(expect.objectContaining({ code: 'INVALID_ARGUMENT', message: "No data for required key 'output'" }));
  });

  it('are read as others are where there is one, and refused where there are more', () => {
    expect([tool.getInt('window'), tool.getBoolean('verbose'), tool.get('output', 'out'), MultipleParameterTool.fromMultiMap({ n: ['7'] }).getLong('n')]).toEqual([5, true, 'out', 7]);
    expect(() => tool.get('input')).toThrow(expect.objectContaining({ code: 'INVALID_ARGUMENT', hint: expect.stringContaining("getMultiParameter('input')") }));
  });
});

describe('small numbers', () => {
  it('are read within their bounds', () => {
    const tool = ParameterTool.fromMap({ a: -128, b: 32767, c: 128, d: 32768, e: 'constructor' });
    expect([tool.getByte('a'), tool.getShort('b'), tool.getShort('none', 3)]).toEqual([-128, 32767, 3]);
    for (const read of [() => tool.getByte('c'), () => tool.getShort('d'), () => tool.getBoolean('e')]) expect(read).toThrow(expect.objectContaining({ code: 'INVALID_ARGUMENT' }));
  });
});
