/**
 * Clicks of an app in windows of 10 minutes, although some come late. What happens to a click depends on how late:
 *
 *   up to 2 minutes        the watermark waits for it: it is counted when its window ends
 *   up to 5 minutes more   allowedLateness: its window fires again, with the corrected count
 *   later                  sideOutputLateData: it is printed as `late`, and no count changes
 *
 *   flink run jobs/late-data.ts                       the clicks of jobs/data/late-clicks.csv, in order of arrival
 *   flink run jobs/late-data.ts --input clicks.csv    lines of time,app
 */
import { fileURLToPath } from 'node:url';
import { OutputTag, ParameterTool, StreamExecutionEnvironment, Time, TumblingEventTimeWindows, WatermarkStrategy } from 'flink-ts';
import type { WatermarkGenerator, WatermarkOutput } from 'flink-ts';

interface Click {
  at: number;
  app: string;
}

/** As `forBoundedOutOfOrderness`, but after every click and not every 200 ms: the same input always gives the same output. */
class WatermarkAfterEachClick implements WatermarkGenerator<Click> {
  private latest = -Infinity;

  constructor(private readonly maxOutOfOrderness: number) {}

  onEvent(_click: Click, at: number, output: WatermarkOutput): void {
    this.latest = Math.max(this.latest, at);
    output.emitWatermark(this.latest - this.maxOutOfOrderness - 1);
  }

  onPeriodicEmit(): void {}
}

const CLICKS = fileURLToPath(new URL('data/late-clicks.csv', import.meta.url));
const late = new OutputTag<Click>('late');
const clock = (at: number): string => new Date(at).toISOString().slice(11, 16);

const parameters = ParameterTool.fromArgs(process.argv.slice(2));
const env = StreamExecutionEnvironment.getExecutionEnvironment();

// One subtask up to keyBy: what is late depends on the order of arrival, and only one subtask can keep that of a file.
const clicks = env
  .readTextFile(parameters.get('input', CLICKS))
  .setParallelism(1)
  .map((line) => {
    const [time = '', app = ''] = line.split(',');
    return { at: Date.parse(time), app };
  })
  .setParallelism(1)
  .assignTimestampsAndWatermarks(
    WatermarkStrategy.forGenerator<Click>(() => new WatermarkAfterEachClick(2 * 60_000)).withTimestampAssigner((click) => click.at),
  )
  .setParallelism(1);

const counts = clicks
  .keyBy('app')
  .window(TumblingEventTimeWindows.of(Time.minutes(10)))
  .allowedLateness(Time.minutes(5))
  .sideOutputLateData(late)
  .apply<string>((app, window, elements, out) => {
    out.collect(`${clock(window.start)}-${clock(window.end)} ${app} ${elements.length}`);
  });

counts.union(counts.getSideOutput(late).map(({ app, at }) => `late ${clock(at)} ${app}`)).print().setParallelism(1);
await env.execute('Late data');
