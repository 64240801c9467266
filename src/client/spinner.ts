/**
 * Tells a waiting person that something is under way, when it takes longer than a moment.
 */
import type { Clock } from '../core/clock.js';
import type { Reporter } from './reporter.js';

/** Most runs are past their preparations by then, and never pay for the spinner. */
const PATIENCE_MS = 400;

/** Spins until the returned function is called. Nothing is shown where no person watches, or with `-q`. */
export function spinWhileWaiting(text: string, { terminal, manners }: Reporter, clock: Clock): () => void {
  if (!terminal.live || manners.quiet) return () => undefined;
  let over = false;
  let stop = (): void => undefined;
  const start = async (): Promise<void> => {
    const { default: ora } = await import('ora');
    if (over) return;
    // Standard input is the job's.
    const spinner = ora({ text, stream: terminal.screens[0]!, discardStdin: false, color: terminal.colour ? 'cyan' : false }).start();
    stop = () => void spinner.stop();
  };
  const pending = clock.schedule(PATIENCE_MS, () => void start());
  return () => {
    over = true;
    pending.cancel();
    stop();
  };
}
