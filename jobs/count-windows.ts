/**
 * Windows that end after a number of records, whatever the time: the average of every 3 readings of a sensor, and, each
 * 2 readings, the highest of its last 4. What is left at the end fills no window and is not printed.
 *
 *   flink run jobs/count-windows.ts                        the readings of jobs/data/readings.csv
 *   flink run jobs/count-windows.ts --input readings.csv   lines of sensor,degrees
 */
import { fileURLToPath } from 'node:url';
import { ParameterTool, StreamExecutionEnvironment } from 'flink-ts';

const READINGS = fileURLToPath(new URL('data/readings.csv', import.meta.url));

const parameters = ParameterTool.fromArgs(process.argv.slice(2));
const env = StreamExecutionEnvironment.getExecutionEnvironment();

const readings = env
  .readTextFile(parameters.get('input', READINGS))
  .map((line) => {
    const [sensor = '', degrees = ''] = line.split(',');
    return { sensor, degrees: Number(degrees) };
  })
  .keyBy('sensor');

const averages = readings.countWindow(3).apply<string>((sensor, _window, last, out) => {
  out.collect(`${sensor} average of ${last.length}: ${last.reduce((sum, { degrees }) => sum + degrees, 0) / last.length}`);
});
const highest = readings.countWindow(4, 2).max('degrees').map(({ sensor, degrees }) => `${sensor} highest of the last 4: ${degrees}`);

averages.union(highest).print().setParallelism(1);
await env.execute('Count windows');
