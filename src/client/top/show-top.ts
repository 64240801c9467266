/**
 * `flink top`: what the jobs do, again and again while a person watches.
 */
import { type Clock, sleep } from '../../core/clock.js';
import type { ClusterChoice } from '../control/job-directory.js';
import { EXIT, type ExitCode } from '../exit-codes.js';
import { FullScreen } from '../full-screen.js';
import { jsonLine } from '../job-summary.js';
import type { Reporter } from '../reporter.js';
import { askPicture } from './ask-picture.js';
import { topPicture } from './top-picture.js';

const REDRAW_MS = 1_000;
/** The first look at a job begins the sampling of its rates. */
const SAMPLE_MS = 700;
/** Where nobody watches, lines are not cut to a width that nobody has. */
const PRINTED_WIDTH = 160;

/** @param once one picture, also where a person watches. */
export async function showTop(once: boolean, reporter: Reporter, clock: Clock, choice: ClusterChoice): Promise<ExitCode> {
  const { terminal, manners } = reporter;
  const screen = once || manners.json ? undefined : FullScreen.open(terminal);
  if (!screen) {
    await askPicture(clock, choice);
    await sleep(clock, SAMPLE_MS);
    const picture = await askPicture(clock, choice);
    terminal.print(`${manners.json ? jsonLine(picture) : topPicture(picture, terminal.screens.length > 1 ? terminal.columns() : PRINTED_WIDTH)}\n`);
    return EXIT.finished;
  }
  try {
    while (!screen.isLeft) {
      const picture = await askPicture(clock, choice);
      screen.draw(`${topPicture(picture, terminal.columns())}\n\nq ends this`);
      await Promise.race([sleep(clock, REDRAW_MS), screen.left]);
    }
    return EXIT.finished;
  } finally {
    screen.close();
  }
}
