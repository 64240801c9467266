/**
 * The most frequent words of standard input as tab-separated lines, made for shell pipes:
 *
 *   cat book.txt | flink run -q jobs/top-words-pipeline.ts --top 5 | cut -f 2
 *
 * The job counts; the program collects the counts and prints the top of them when the input has ended.
 */
import { ParameterTool, StreamExecutionEnvironment } from 'flink-ts';

const parameters = ParameterTool.fromArgs(process.argv.slice(2));
const top = parameters.getInt('top', 10);

const env = StreamExecutionEnvironment.getExecutionEnvironment();
env.setRuntimeMode('BATCH');

const counts = env
  .readTextFile(parameters.get('input', '-'))
  .flatMap((line: string) => line.toLowerCase().match(/\p{L}+(?:['’]\p{L}+)*/gu) ?? [])
  .map((word): [word: string, count: number] => [word, 1])
  .keyBy(([word]) => word)
  .sum(1);

const totals: [word: string, count: number][] = [];
for await (const total of counts.executeAndCollect('Top words')) totals.push(total);

totals.sort(([wordA, a], [wordB, b]) => b - a || (wordA < wordB ? -1 : 1));
for (const [word, count] of totals.slice(0, top)) console.log(`${count}\t${word}`);
