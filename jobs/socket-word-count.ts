/**
 * Counts the words that arrive on a socket, a new count for each word as it comes.
 *
 *   nc -lk 9000                                            in one terminal, then type
 *   flink run jobs/socket-word-count.ts --port 9000        in another (`--host`, localhost by default)
 *
 * The job ends when the other side closes the connection.
 */
import { ParameterTool, StreamExecutionEnvironment } from 'flink-ts';

const parameters = ParameterTool.fromArgs(process.argv.slice(2));
const env = StreamExecutionEnvironment.getExecutionEnvironment();

env
  .socketTextStream(parameters.get('host', 'localhost'), parameters.getInt('port', 9000))
  .flatMap((line) => line.split(/\s+/).filter((word) => word !== '').map((word) => ({ word, count: 1 })))
  .keyBy('word')
  .sum('count')
  .map(({ word, count }) => `${word} : ${count}`)
  .print()
  .setParallelism(1);

await env.execute('Socket word count');
