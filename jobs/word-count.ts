/**
 * WordCount: splits text into words and counts each.
 *
 *   flink run jobs/word-count.ts                            counts of the book that ships in jobs/data
 *   flink run jobs/word-count.ts --input book.txt           counts of a file, a folder or a glob
 *   cat book.txt | flink run jobs/word-count.ts --input -   counts of standard input
 *   flink run jobs/word-count.ts --port 9000                counts of a socket (`--host`, localhost by default)
 *
 * A file or a pipe ends, so the job runs in batch mode and prints each word once, with its final count. With
 * `--updates`, and always on a socket, it prints the new count for every word as it arrives.
 */
import { fileURLToPath } from 'node:url';
import { ParameterTool, StreamExecutionEnvironment } from 'flink-ts';

const ALICE = fileURLToPath(new URL('data/alice.txt', import.meta.url));
/** What `tr -s '[:space:]'` takes for space. */
const SPACE = /[ \t\n\v\f\r]+/;

const parameters = ParameterTool.fromArgs(process.argv.slice(2));
const env = StreamExecutionEnvironment.getExecutionEnvironment();
const fromSocket = parameters.has('port');
env.setRuntimeMode(fromSocket || parameters.has('updates') ? 'STREAMING' : 'BATCH');

const text = fromSocket
  ? env.socketTextStream(parameters.get('host', 'localhost'), parameters.getInt('port'))
  : env.readTextFile(parameters.get('input', ALICE));

text
  .flatMap<[word: string, count: number]>((line, out) => {
    for (const word of line.split(SPACE)) if (word !== '') out.collect([word, 1]);
  })
  .name('Split into words')
  .keyBy(([word]) => word)
  .sum(1)
  .name('Count')
  .map(([word, count]) => `${word} ${count}`)
  .print();

await env.execute('WordCount');
