/**
 * Counts the words that come through a socket: every second, how often each came in the last two.
 *
 *   nc -lk 9000                                                   (in another terminal: type, or pipe a file in)
 *   flink run jobs/sliding-word-count.ts --host localhost --port 9000
 */
import { ParameterTool, registerClass, StreamExecutionEnvironment, Time } from 'flink-ts';

class WordWithCount {
  constructor(
    readonly word: string,
    readonly count: number,
  ) {}

  toString(): string {
    return `WordWithCount{word='${this.word}', count=${this.count}}`;
  }
}

// Lets instances of the class travel between threads.
registerClass('WordWithCount', WordWithCount);

const parameters = ParameterTool.fromArgs(process.argv.slice(2));
const port = parameters.getInt('port', 9000);
const env = StreamExecutionEnvironment.getExecutionEnvironment();

const windowCounts = env
  .socketTextStream(parameters.get('host', 'localhost'), port, '\n')
  .flatMap<WordWithCount>((line, out) => {
    for (const word of line.split(/\s/)) out.collect(new WordWithCount(word, 1));
  })
  .keyBy('word')
  .timeWindow(Time.seconds(2), Time.seconds(1))
  .sum('count');

windowCounts.print().setParallelism(1);

await env.execute('streaming word count');
