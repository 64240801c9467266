/**
 * Orders and their shipments: what was sent within 4 hours of its order, and after how long. An order may be sent in
 * parts, and then it stands in several lines; one that was sent later, or never, in none.
 *
 *   flink run jobs/interval-join.ts                                             jobs/data/orders.csv and jobs/data/shipments.csv
 *   flink run jobs/interval-join.ts --orders orders.csv --shipments sent.csv    lines of time,order,item and time,order,carrier
 *
 * An order is kept until event time has passed its 4 hours. A shipment that is read before its order waits for it only
 * until event time has reached its own, for nothing is sent before it was ordered.
 */
import { fileURLToPath } from 'node:url';
import { ParameterTool, StreamExecutionEnvironment, Time, WatermarkStrategy } from 'flink-ts';

interface OrderEvent {
  at: number;
  order: string;
  /** What was ordered, or who carries it. */
  what: string;
}

const DATA = fileURLToPath(new URL('data/', import.meta.url));
const MINUTE = 60_000;

const parameters = ParameterTool.fromArgs(process.argv.slice(2));
const env = StreamExecutionEnvironment.getExecutionEnvironment();

/** The lines of a file by order, up to 10 minutes out of order. */
const eventsOf = (path: string) =>
  env
    .readTextFile(path)
    .map((line): OrderEvent => {
      const [time = '', order = '', what = ''] = line.split(',');
      return { at: Date.parse(time), order, what };
    })
    .assignTimestampsAndWatermarks(
      WatermarkStrategy.forBoundedOutOfOrderness(Time.minutes(10)).withTimestampAssigner((event) => event.at),
    )
    .keyBy('order');

const orders = eventsOf(parameters.get('orders', `${DATA}orders.csv`));
const shipments = eventsOf(parameters.get('shipments', `${DATA}shipments.csv`));

orders
  .intervalJoin(shipments)
  .between(0, Time.hours(4))
  .process<string>((ordered, sent, context, out) => {
    const minutes = (context.getRightTimestamp() - context.getLeftTimestamp()) / MINUTE;
    out.collect(`${ordered.order} ${ordered.what}: by ${sent.what} after ${minutes} min`);
  })
  .print()
  .setParallelism(1);

await env.execute('Orders and shipments');
