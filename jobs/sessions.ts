/**
 * Sessions of users: page views of one user belong together until none came for 5 minutes.
 *
 *   flink run jobs/sessions.ts                          the views of jobs/data/page-views.csv
 *   flink run jobs/sessions.ts --input views.csv --gap "30 min"    lines of time,user,app,page
 */
import { fileURLToPath } from 'node:url';
import { EventTimeSessionWindows, ParameterTool, StreamExecutionEnvironment, Time, WatermarkStrategy } from 'flink-ts';

const VIEWS = fileURLToPath(new URL('data/page-views.csv', import.meta.url));
const clock = (at: number): string => new Date(at).toISOString().slice(11, 19);

const parameters = ParameterTool.fromArgs(process.argv.slice(2));
const env = StreamExecutionEnvironment.getExecutionEnvironment();

env
  .readTextFile(parameters.get('input', VIEWS))
  .map((line) => {
    const [time = '', user = '', , page = ''] = line.split(',');
    return { at: Date.parse(time), user, page };
  })
  .assignTimestampsAndWatermarks(WatermarkStrategy.forBoundedOutOfOrderness(Time.minutes(1)).withTimestampAssigner((view) => view.at))
  .keyBy('user')
  .window(EventTimeSessionWindows.withGap(parameters.get('gap', '5 min')))
  .apply<string>((user, session, views, out) => {
    const pages = views.toSorted((a, b) => a.at - b.at).map((view) => view.page);
    out.collect(`${user} ${clock(session.start)} ${pages.join(' ')}`);
  })
  .print()
  .setParallelism(1);

await env.execute('Sessions');
