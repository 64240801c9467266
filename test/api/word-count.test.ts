/**
 * WordCount as Flink's books write it, almost line by line: a socket, a FlatMapFunction, a class of its own, a key
 * and a sum by field name.
 */
import { createServer, type AddressInfo } from 'node:net';
import { expect, it } from 'vitest';
import { type Collector, type DataStream, type DataStreamSource, type FlatMapFunction, ParameterTool, StreamExecutionEnvironment } from '../../src/index.js';

class WordWithCount {
  constructor(public word = '', public count = 0) {}

  toString(): string {
    return `WordWithCount{word='${this.word}', count=${this.count}}`;
  }
}

it('reads a socket and counts words', async () => {
  const server = createServer((socket) => socket.end('to be\nor not to be\n')).listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const port = ParameterTool.fromArgs(['--port', String((server.address() as AddressInfo).port)]).getInt('port');

  const env = StreamExecutionEnvironment.getExecutionEnvironment();
  const text: DataStreamSource<string> = env.socketTextStream('127.0.0.1', port, '\n');
  const counts: DataStream<WordWithCount> = text
    .flatMap(new (class implements FlatMapFunction<string, WordWithCount> {
      flatMap(value: string, out: Collector<WordWithCount>): void {
        for (const word of value.split(/\s/)) out.collect(new WordWithCount(word, 1));
      }
    })())
    .keyBy('word')
    .sum('count');
  const results = counts.collectAsync();
  await env.execute('streaming word count');

  const seen: string[] = [];
  for await (const count of results) seen.push(String(count));
  expect(seen).toEqual([
    "WordWithCount{word='to', count=1}", "WordWithCount{word='be', count=1}", "WordWithCount{word='or', count=1}", "WordWithCount{word='not', count=1}",
    "WordWithCount{word='to', count=2}", "WordWithCount{word='be', count=2}",
  ]);
  server.close();
});
