/**
 * Where the process of a session cluster begins, in the background or in the foreground's place.
 */
import * as z from 'zod/mini';
import { Configuration } from '../../core/configuration.js';
import { serializeError } from '../../core/errors.js';
import type { Say } from '../../core/log.js';
import { optionOf } from '../../core/options.js';
import { processLog } from '../log-terminal.js';
import { startDaemon } from './session-daemon.js';

const daemonOrder = z.object({ configuration: z.record(z.string(), z.unknown()), savepointOnExit: z.boolean() });

process.once('message', (said) => {
  const order = daemonOrder.parse(said);
  const configuration = new Configuration();
  for (const [key, raw] of Object.entries(order.configuration)) configuration.setRaw(optionOf(key, 'the command line'), raw, 'the command line', key);
  // Whoever starts it waits for it, and may give up.
  const givenUp = (): void => process.exit(1);
  process.once('disconnect', givenUp);
  const log = processLog(configuration, 'Dispatcher');
  const say: Say = (text, facts) => {
    log(text, facts);
    if (process.connected && facts?.level === 'WARN') process.send!({ type: 'said', text }, () => undefined);
  };
  startDaemon({ configuration, savepointOnExit: order.savepointOnExit }, say).then(
    (daemon) => {
      process.off('disconnect', givenUp);
      for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => void daemon.stop());
      process.on('SIGHUP', () => undefined);
      process.send?.({ type: 'ready', state: daemon.state });
      void daemon.ended.then((how) => process.exit(how === 'told' ? 0 : 1));
    },
    (error: unknown) => process.send?.({ type: 'failed', error: serializeError(error) }, () => process.exit(1)),
  );
});
