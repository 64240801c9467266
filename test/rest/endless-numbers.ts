/** Numbers from 0, one a millisecond, until the job is cancelled: something to watch while it runs. */
import { sleep, systemClock } from '../../src/core/clock.js';
import type { DataStreamSource, StreamExecutionEnvironment } from '../../src/index.js';

export function endlessNumbers(env: StreamExecutionEnvironment): DataStreamSource<number> {
  let cancelled = false;
  return env.addSource<number>({
    async run(context) {
      for (let n = 0; !cancelled; n++) {
        context.collect(n);
        await sleep(systemClock, 1);
      }
    },
    cancel: () => void (cancelled = true),
  }).setParallelism(1);
}
