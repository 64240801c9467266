import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { javaThrowable } from '../../src/rest/java-throwable.js';

/** Reads the stream as Java does, as far as it goes here: what a text is, and what follows it. */
function textAt(bytes: Buffer, at: number): { value: string; end: number } {
  const long = bytes[at] === 0x7c;
  const length = long ? Number(bytes.readBigUInt64BE(at + 1)) : bytes.readUInt16BE(at + 1);
  const end = at + (long ? 9 : 3) + length;
  let value = '';
  for (let i = end - length; i < end;) {
    const byte = bytes[i]!;
    const more = byte < 0x80 ? 0 : byte < 0xe0 ? 1 : 2;
    const unit = [byte & (more === 0 ? 0x7f : more === 1 ? 0x1f : 0x0f), ...bytes.subarray(i + 1, i + 1 + more)].reduce((sum, part, n) => (n === 0 ? part : (sum << 6) | (part & 0x3f)));
    value += String.fromCharCode(unit);
    i += more + 1;
  }
  return { value, end };
}

/** The classes end with the fields of the last one, the marks of its end and of no class behind it. */
function valuesOf(bytes: Buffer): string[] {
  const head = bytes.indexOf(Buffer.from('Ljava/util/List;')) + 'Ljava/util/List;'.length;
  expect([...bytes.subarray(head, head + 3)]).toEqual([0x78, 0x70, 0x70]);
  const message = textAt(bytes, head + 3);
  expect([...bytes.subarray(message.end, message.end + 3)]).toEqual([0x70, 0x70, 0x78]);
  const trace = textAt(bytes, message.end + 3);
  const name = textAt(bytes, trace.end);
  expect([...bytes.subarray(name.end)]).toEqual([0x70]);
  return [message.value, trace.value, name.value];
}

describe('an error for clients of Apache Flink', () => {
  it('is an object of the class that they read, which extends those of Java', () => {
    const bytes = javaThrowable(new RangeError('no room'), 'RangeError: no room\n    at here');
    expect(bytes.subarray(0, 6).toString('hex')).toBe('aced00057372');
    expect([...bytes.toString('latin1').matchAll(/org\.apache\.flink\.util\.SerializedThrowable|java\.lang\.(Exception|Throwable)/g)].map(([name]) => name))
      .toEqual(['org.apache.flink.util.SerializedThrowable', 'java.lang.Exception', 'java.lang.Throwable']);
    expect(valuesOf(bytes)).toEqual(['RangeError: no room', 'RangeError: no room\n    at here', 'RangeError']);
  });

  it('holds any text, however long', () => {
    fc.assert(fc.property(fc.string({ unit: 'binary', maxLength: 50 }), fc.constantFrom(0, 2), (text, times) => {
      const long = `${text}\0é漢😀`.repeat(1 + times * 9_000);
      expect(valuesOf(javaThrowable(new Error(text), long))).toEqual([`Error: ${text}`, long, 'Error']);
    }), { numRuns: 10 });
  });
});
