import { describe, expect, it } from 'vitest';
import { PrintSink, PrintSinkFunction, type PrintOptions } from '../../../src/connectors/print/print-sink.js';
import type { SinkWriter } from '../../../src/operators/sink.js';
import { ManualClock } from '../../../src/testing/manual-clock.js';
import { fakeHost, noFacts } from '../drive.js';

function printed(options: PrintOptions | PrintSink, place: { subtask?: number; parallelism?: number }, ...values: unknown[]): string {
  const host = fakeHost(place);
  const writer = (options instanceof PrintSink ? options : new PrintSink(options)).createWriter(host.context) as SinkWriter<unknown>;
  for (const value of values) void writer.write(value, noFacts);
  void writer.flush(true);
  void writer.close?.();
  return host.printed.map((part) => part.text).join('');
}

describe('the print sink', () => {
  it('writes a value a line', () => {
    expect(printed({}, {}, 'a', 1, ['b', 2])).toBe('a\n1\n["b",2]\n');
  });

  it('names the subtask, counted from 1, when there are several', () => {
    expect(printed({}, { subtask: 2, parallelism: 4 }, 'a')).toBe('3> a\n');
  });

  it('puts the identifier first', () => {
    expect(printed({ identifier: 'out' }, {}, 'a')).toBe('out> a\n');
    expect(printed({ identifier: 'out' }, { subtask: 0, parallelism: 2 }, 'a')).toBe('out:1> a\n');
  });

  it("takes what Flink's constructors take, and says where it prints", () => {
    const several = { subtask: 0, parallelism: 2 };
    const made = [[new PrintSink(), 'Print to System.out', 'a\n', '1> a\n'], [new PrintSink(true), 'Print to System.err', 'a\n', '1> a\n'], [new PrintSinkFunction(false), 'Print to System.out', 'a\n', '1> a\n'],
      [new PrintSink('mySink'), 'Print to System.out', 'mySink> a\n', 'mySink:1> a\n'], [new PrintSinkFunction('mySink', true), 'Print to System.err', 'mySink> a\n', 'mySink:1> a\n']] as const;
    for (const [sink, words, alone, first] of made) expect([String(sink), printed(sink, {}, 'a'), printed(sink, several, 'a')]).toEqual([words, alone, first]);
    const host = fakeHost();
    const writer = new PrintSink('mySink', true).createWriter(host.context) as SinkWriter<unknown>;
    void writer.write('a', noFacts);
    void writer.close?.();
    expect(host.printed).toEqual([{ stream: 'stderr', text: 'mySink> a\n' }]);
  });

  it('hands over whole lines in chunks, to the stream asked for', () => {
    const host = fakeHost();
    const writer = new PrintSink({ stream: 'stderr' }).createWriter(host.context) as SinkWriter<unknown>;
    for (let index = 0; index < 20_000; index++) void writer.write('x'.repeat(9), noFacts);
    void writer.flush(false);
    expect(host.printed.length).toBeLessThan(6);
    expect(host.printed.every((part) => part.stream === 'stderr' && part.text.endsWith('\n'))).toBe(true);
    expect(host.printed.map((part) => part.text).join('')).toBe('xxxxxxxxx\n'.repeat(20_000));
    void writer.close?.();
  });

  it('prints what came before a failure', () => {
    const host = fakeHost();
    const writer = new PrintSink().createWriter(host.context) as SinkWriter<unknown>;
    void writer.write('last words', noFacts);
    void writer.close?.();
    expect(host.printed).toEqual([{ stream: 'stdout', text: 'last words\n' }]);
  });

  it('does not keep a line for longer than a moment while the task is busy', () => {
    const clock = new ManualClock();
    const host = fakeHost({ clock });
    const writer = new PrintSink().createWriter(host.context) as SinkWriter<unknown>;
    void writer.write('a', noFacts);
    clock.advance(100);
    host.mail.forEach((call) => call());
    expect(host.printed).toEqual([{ stream: 'stdout', text: 'a\n' }]);
    void writer.write('b', noFacts);
    void writer.close?.();
    expect(clock.scheduled).toBe(0);
  });
});
