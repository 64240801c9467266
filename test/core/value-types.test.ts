import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Duration, formatDuration, Time } from '../../src/core/time.js';
import { decimal, duration, memorySize, oneOf, oneOfWords, readValue, text, textMap, trueOrFalse, type ValueType, wholeNumber, wholeNumberOrAutomatic } from '../../src/core/value-types.js';

const MB = 1024 ** 2;

/** What each of these becomes; undefined is refused. */
function read(type: ValueType<unknown>, ...given: readonly unknown[]): unknown[] {
  return given.map((raw) => readValue(type, raw));
}

const refused = (type: ValueType<unknown>, ...given: readonly unknown[]): void => expect(given.filter((raw) => readValue(type, raw) !== undefined)).toEqual([]);

describe('a whole number', () => {
  it('is a number or its digits, within its bounds', () => {
    expect(read(wholeNumber(1, 32768), '1', 4, ' 32768 ', '+7', '007')).toEqual([1, 4, 32768, 7, 7]);
    refused(wholeNumber(1, 32768), '0', 0, '-1', '32769', '1.5', 1.5, '', ' ', 'two', '1e3', '0x10', true, null, undefined, [1], Number.NaN, '9'.repeat(400));
  });

  it('may be -1 where the engine can choose', () => {
    expect(read(wholeNumberOrAutomatic(1, 32768), '-1', -1, 1, '32768')).toEqual([-1, -1, 1, 32768]);
    refused(wholeNumberOrAutomatic(1, 32768), 0, '0', -2, 32769, 'x');
  });

  it('says its bounds', () => {
    expect([wholeNumber(2, 5).allowed, wholeNumberOrAutomatic(2, 5).allowed]).toEqual(['a whole number from 2 to 5', 'a whole number from 2 to 5, or -1 for automatic']);
  });
});

describe('true or false', () => {
  it('is a boolean or its word in any case', () => {
    expect(read(trueOrFalse, true, false, 'true', ' FALSE ')).toEqual([true, false, true, false]);
    refused(trueOrFalse, 'yes', 'on', '', 1, 0, null);
  });
});

describe('one of some words', () => {
  it('is taken in any case and named in a sentence', () => {
    const mode = oneOf('STREAMING', 'BATCH', 'AUTOMATIC');
    expect(mode.allowed).toBe('STREAMING, BATCH or AUTOMATIC');
    expect(read(mode, 'STREAMING', 'batch', ' Automatic ')).toEqual(['STREAMING', 'BATCH', 'AUTOMATIC']);
    refused(mode, 'STREAM', '', 3, ['BATCH']);
  });
});

describe('one of some lower-case words', () => {
  const strategy = oneOfWords(['none', 'fixed-delay'], { off: 'none' });

  it('may be written in other words for the same', () => {
    expect(read(strategy, 'none', ' Fixed-Delay ', 'OFF')).toEqual(['none', 'fixed-delay', 'none']);
    refused(strategy, 'never', '', 1, null);
  });

  it('is named without the other words', () => expect(strategy.allowed).toBe('none or fixed-delay'));
});

describe('a decimal number', () => {
  it('is a number or how it is written, within its bounds', () => {
    expect(read(decimal(0, 1), 0.5, '0.5', '.25', '1.', 1, ' 0 ')).toEqual([0.5, 0.5, 0.25, 1, 1, 0]);
    refused(decimal(0, 1), 1.1, '-0.1', '', '.', 'half', '1e-1', true, Number.NaN, null);
    expect(read(decimal(1, Infinity), 1e9)).toEqual([1e9]);
  });

  it('says its bounds', () => expect([decimal(0, 1).allowed, decimal(1, Infinity).allowed]).toEqual(['a number from 0 to 1', 'a number, at least 1']));
});

describe('a duration', () => {
  it('is milliseconds, text with units, or what a program calls a duration', () => {
    expect(read(duration(-1), 0, '0', '-1', '5 s', '100ms', '1 h 30 min', 250, Time.seconds(2), Duration.ofMinutes(1))).toEqual([0, 0, -1, 5_000, 100, 5_400_000, 250, 2_000, 60_000]);
  });

  it.each([
    ['d', 'day', 'days', 86_400_000], ['h', 'hour', 'hours', 3_600_000], ['m', 'min', 'minute', 'minutes', 60_000], ['s', 'sec', 'secs', 'second', 'seconds', 1_000],
    ['', 'ms', 'milli', 'millis', 'millisecond', 'milliseconds', 1], ['µs', 'micro', 'micros', 'microsecond', 'microseconds', 0.001],
    ['ns', 'nano', 'nanos', 'nanosecond', 'nanoseconds', 1e-6],
  ] as const)('has every unit of Flink, in upper case and with blanks: %s, %s …', (...row) => {
    const labels = row.slice(0, -1) as string[];
    const factor = row.at(-1) as number;
    for (const label of labels) expect(read(duration(0), `4000000${label}`, `4000000 ${label}`, `  4000000   ${label.toUpperCase().replace('Μ', 'µ')}  `), label).toEqual([0, 0, 0].fill(4_000_000 * factor));
  });

  it('is refused in the forms that Flink refuses', () => {
    refused(duration(0), '     ', 'foobar or fubar or foo bazz', '16 gjah', '16 16 17 18 ms', '-100 ms', '100000000000000000000000000000000 ms', '100000000000000000 h');
  });

  it('of Flink’s longest is as long as numbers go', () => {
    expect(read(duration(0), '9223372036854775807', '9223372036854775807 ms')).toEqual([Number.MAX_SAFE_INTEGER, Number.MAX_SAFE_INTEGER]);
  });

  it('is refused below its least and when it is none', () => {
    refused(duration(-1), '-2', -2, 'soon', '5 apples', '', true, null, Number.NaN, Number.POSITIVE_INFINITY, {});
    refused(duration(0), -1, '-1 ms', Time.milliseconds(-1));
  });

  it('is read back from how it is shown, to its last digit', () => {
    fc.assert(fc.property(fc.integer({ min: 0, max: 999 }), fc.integer({ min: 0, max: 59 }), (ms, seconds) => {
      expect(readValue(duration(0), `${seconds} s ${ms} ms`)).toBe(seconds * 1_000 + ms);
      expect(readValue(duration(0), formatDuration(seconds * 1_000))).toBe(seconds * 1_000);
    }));
  });
});

describe('a size', () => {
  it('is bytes, or a number with a unit that is a power of 1024', () => {
    expect(read(memorySize('64mb'), 1024, '1024', '20b', '2k', '2 KB', '64mb', '64 M', ' 1 GB ')).toEqual([1024, 1024, 20, 2048, 2048, 64 * MB, 64 * MB, 1024 * MB]);
  });

  it.each([['b', 'bytes', 1], ['k', 'kb', 'kibibytes', 1024], ['m', 'mb', 'mebibytes', MB], ['g', 'gb', 'gibibytes', 1024 * MB], ['t', 'tb', 'tebibytes', MB ** 2]] as const)('has every unit of Flink, in upper case and with blanks: %s, %s …', (...row) => {
    for (const label of row.slice(0, -1) as string[]) expect(read(memorySize('64mb'), `765${label}`, `765 ${label}`, `   765   ${label.toUpperCase()} `), label).toEqual([0, 0, 0].fill(765 * (row.at(-1) as number)));
  });

  it('is refused in the forms that Flink refuses', () => {
    refused(memorySize('64mb'), '     ', 'foobar or fubar or foo bazz', '16 gjah', '16 16 17 18 bytes', '-100 bytes', '100000000000000000000000000000000 bytes', '100000000000000 tb');
  });

  it('is refused when it is nothing, negative, broken or of another unit', () => {
    refused(memorySize('64mb'), '0', 0, '-5mb', -1, '64 apples', '1.5gb', 1.5, '', 'mb', null, '9'.repeat(400));
  });
});

describe('text', () => {
  it('is any scalar', () => {
    expect(read(text, 'a b', '', 12, true)).toEqual(['a b', '', '12', 'true']);
    refused(text, null, undefined, [], {});
  });
});

describe('a map of texts', () => {
  it('is a map of scalars, or pairs in a text', () => {
    expect(read(textMap, { a: 1, b: 'x', c: true }, {}, 'a:1, b:x:y', ' ', 'a:')).toEqual([{ a: '1', b: 'x', c: 'true' }, {}, { a: '1', b: 'x:y' }, {}, { a: '' }]);
    refused(textMap, 'a', 'a:1,b', ['a'], { a: { b: 1 } }, { a: null }, 3, null);
  });

  it('has quotes around what holds a comma or a colon, as Flink writes it, and may stand in braces', () => {
    expect(read(textMap, "a:'1,2', 'b:c' : \"x, y\",d:it's", "'a:1,2','b:''x, y'''", "{a: 1, b: 'x, y'}", "a:'{1: 2}',b:\"say \"\"so\"\"\"")).toEqual([
      { a: '1,2', 'b:c': 'x, y', d: "it's" }, { a: '1,2', b: 'x, y' }, { a: '1', b: 'x, y' }, { a: '{1: 2}', b: 'say "so"' },
    ]);
    refused(textMap, "a:'1", "'a'b:1", "a:'1'2", ':1', "'a");
  });

  it('comes back from its text form', () => {
    const word = fc.stringMatching(/^[a-z]{1,8}$/);
    fc.assert(fc.property(fc.dictionary(word, word, { noNullPrototype: true }), (map) => {
      expect(readValue(textMap, Object.entries(map).map(([key, value]) => `${key}:${value}`).join(','))).toEqual(map);
    }));
  });
});
