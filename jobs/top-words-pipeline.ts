/**
 * The most frequent words of standard input as tab-separated lines, made for shell pipes:
 *
 *   cat book.txt | flink run -q jobs/top-words-pipeline.ts --top 5 | cut -f 2
 *
 * In batch mode each word arrives at the sink once, with its final count; the sink, written on the writer contract,
 * prints the top of them when the input has ended.
 */
import { ParameterTool, StreamExecutionEnvironment } from 'flink-ts';
import type { Sink, SinkWriter, SinkWriterContext } from 'flink-ts';

type WordCount = [word: string, count: number];

class TopWords implements Sink<WordCount> {
  constructor(private readonly top: number) {}

  createWriter({ host }: SinkWriterContext): SinkWriter<WordCount> {
    const totals: WordCount[] = [];
    return {
      write: (total) => void totals.push(total),
      flush: (endOfInput) => {
        if (!endOfInput) return;
        totals.sort(([wordA, a], [wordB, b]) => b - a || (wordA < wordB ? -1 : 1));
        for (const [word, count] of totals.slice(0, this.top)) host.print('stdout', `${count}\t${word}\n`);
      },
    };
  }
}

const parameters = ParameterTool.fromArgs(process.argv.slice(2));
const env = StreamExecutionEnvironment.getExecutionEnvironment();
env.setRuntimeMode('BATCH');

env
  .readTextFile(parameters.get('input', '-'))
  .flatMap((line) => line.toLowerCase().match(/\p{L}+(?:['’]\p{L}+)*/gu) ?? [])
  .map((word): WordCount => [word, 1])
  .keyBy(([word]) => word)
  .sum(1)
  .sinkTo(new TopWords(parameters.getInt('top', 10)))
  .setParallelism(1);

await env.execute('Top words');
