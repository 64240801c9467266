/**
 * Page views of each app, counted by hand in keyed state: a total in a ValueState, a count for each page in a MapState.
 * The state belongs to the key: each app sees its own.
 *
 *   flink run jobs/page-views-state.ts                      the views of jobs/data/page-views.csv
 *   flink run jobs/page-views-state.ts --input views.csv    lines of time,user,app,page
 */
import { fileURLToPath } from 'node:url';
import { KeyedProcessFunction, MapStateDescriptor, ParameterTool, StreamExecutionEnvironment, ValueStateDescriptor } from 'flink-ts';
import type { Collector, KeyedProcessContext, MapState, ValueState } from 'flink-ts';

interface View {
  appId: string;
  page: string;
}

class CountViews extends KeyedProcessFunction<string, View, string> {
  private total!: ValueState<number>;
  private pages!: MapState<string, number>;

  override open(): void {
    this.total = this.getRuntimeContext().getState(new ValueStateDescriptor('total', 0));
    this.pages = this.getRuntimeContext().getMapState(new MapStateDescriptor('pages'));
  }

  processElement({ page }: View, context: KeyedProcessContext<string>, out: Collector<string>): void {
    const total = (this.total.value() ?? 0) + 1;
    this.total.update(total);
    const views = (this.pages.get(page) ?? 0) + 1;
    this.pages.put(page, views);
    out.collect(`${context.getCurrentKey()} ${total}, ${page} ${views}`);
  }
}

const VIEWS = fileURLToPath(new URL('data/page-views.csv', import.meta.url));
const parameters = ParameterTool.fromArgs(process.argv.slice(2));
const env = StreamExecutionEnvironment.getExecutionEnvironment();

env
  .readTextFile(parameters.get('input', VIEWS))
  .map((line) => {
    const [, , appId = '', page = ''] = line.split(',');
    return { appId, page };
  })
  .keyBy('appId')
  .process(new CountViews())
  .print()
  .setParallelism(1);

await env.execute('Page views');
