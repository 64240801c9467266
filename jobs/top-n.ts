/**
 * The most viewed pages of every 5 minutes: windows count the views of each page; a keyed process function gathers the
 * counts of one window and ranks them by a timer, when the watermark says that there are no more.
 *
 *   flink run jobs/top-n.ts                                the views of jobs/data/page-views.csv
 *   flink run jobs/top-n.ts --input views.csv --top 10     lines of time,user,app,page
 */
import { fileURLToPath } from 'node:url';
import { KeyedProcessFunction, MapStateDescriptor, ParameterTool, StreamExecutionEnvironment, Time, TumblingEventTimeWindows, WatermarkStrategy } from 'flink-ts';
import type { Collector, KeyedProcessContext, MapState, OnTimerContext } from 'flink-ts';

interface PageCount {
  windowEnd: number;
  page: string;
  views: number;
}

class Rank extends KeyedProcessFunction<number, PageCount, string> {
  private counts!: MapState<string, number>;

  constructor(private readonly top: number) {
    super();
  }

  override open(): void {
    this.counts = this.getRuntimeContext().getMapState(new MapStateDescriptor('counts'));
  }

  processElement({ page, views }: PageCount, context: KeyedProcessContext<number>): void {
    this.counts.put(page, views);
    // All results of a window come before the watermark that closed it, so they are here when this timer fires.
    context.timerService().registerEventTimeTimer(context.getCurrentKey());
  }

  override onTimer(windowEnd: number, _context: OnTimerContext<number>, out: Collector<string>): void {
    const ranked = [...this.counts.entries()].toSorted(([pageA, a], [pageB, b]) => b - a || (pageA < pageB ? -1 : 1));
    const time = new Date(windowEnd).toISOString().slice(11, 16);
    for (const [index, [page, views]] of ranked.slice(0, this.top).entries()) out.collect(`${time} ${index + 1}. ${page} ${views}`);
    this.counts.clear();
  }
}

const VIEWS = fileURLToPath(new URL('data/page-views.csv', import.meta.url));
const parameters = ParameterTool.fromArgs(process.argv.slice(2));
const env = StreamExecutionEnvironment.getExecutionEnvironment();

env
  .readTextFile(parameters.get('input', VIEWS))
  .map((line) => {
    const [time = '', , , page = ''] = line.split(',');
    return { at: Date.parse(time), page };
  })
  .assignTimestampsAndWatermarks(WatermarkStrategy.forBoundedOutOfOrderness(Time.minutes(1)).withTimestampAssigner((view) => view.at))
  .keyBy('page')
  .window(TumblingEventTimeWindows.of(Time.minutes(5)))
  .aggregate(
    { createAccumulator: () => 0, add: (_view, count) => count + 1, getResult: (count) => count, merge: (a, b) => a + b },
    (page, window, [views = 0], out: Collector<PageCount>) => out.collect({ windowEnd: window.end, page, views }),
  )
  .keyBy('windowEnd')
  .process(new Rank(parameters.getInt('top', 3)))
  .print()
  .setParallelism(1);

await env.execute('Top pages');
