/**
 * Where the process of a session cluster begins, in the background or in the foreground's place.
 */
import * as z from 'zod/mini';
import { Configuration } from '../../core/configuration.js';
import { serializeError } from '../../core/errors.js';
import { optionOf } from '../../core/options.js';
import { processLog } from '../log-terminal.js';
import { startDaemon } from './session-daemon.js';

const daemonOrder = z.object({ configuration: z.record(z.string(), z.unknown()), savepointOnExit: z.boolean() });

process.once('message', (said) => {
  const order = daemonOrder.parse(said);
  const configuration = new Configuration();
  for (const [key, raw] of Object.entries(order.configuration)) configuration.setRaw(optionOf(key, 'the command line'), raw, 'the command line', key);
  startDaemon({ configuration, savepointOnExit: order.savepointOnExit }, processLog(configuration, 'Dispatcher')).then(
    (daemon) => {
      for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => void daemon.stop());
      process.on('SIGHUP', () => undefined);
      process.send?.({ type: 'ready', state: daemon.state });
      void daemon.ended.then((how) => process.exit(how === 'told' ? 0 : 1));
    },
    (error: unknown) => process.send?.({ type: 'failed', error: serializeError(error) }, () => process.exit(1)),
  );
});
