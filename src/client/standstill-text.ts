/**
 * A standstill in words: who waits, for whom, since when, and what would move it.
 */
import type { OperatorPlace, Standstill } from '../cluster/standstill.js';
import { counted, lasting } from './why/words.js';

/** One sentence that says what stands, and one that says what would move it. */
export function standstillText(standstill: Standstill): { readonly what: string; readonly remedy: string } {
  const { waiting, holder } = standstill;
  const held = waiting.openWindows > 0 ? counted(waiting.openWindows, 'window') : counted(waiting.timers, 'timer');
  const at = Number.isFinite(waiting.watermark) ? `event time stands at ${new Date(waiting.watermark).toISOString()}` : 'no watermark has come';
  const input = waiting.input === undefined ? '' : `, for input ${waiting.input + 1}`;
  return {
    what: `${named(waiting)} has ${held} open and fires none: ${at}${input}, since ${lasting(standstill.forMs)}, because ${named(holder)}${holder.head === undefined ? '' : ` behind "${holder.head}"`} ${reason(standstill)}.`,
    remedy: remedyOf(standstill),
  };
}

function reason({ cause, recordlessMs, holder }: Standstill): string {
  switch (cause) {
    case 'no-timestamps': return 'sends records without watermarks';
    case 'no-record-yet': return 'has had no record yet';
    case 'no-more-records': return `has had no record for ${lasting(recordlessMs ?? 0)}`;
    case 'split-behind': return `waits for its split "${holder.split!.id}", ${Number.isFinite(holder.split!.watermark) ? `which stands at ${new Date(holder.split!.watermark).toISOString()}` : 'which has given no watermark'}`;
    case 'waits-for-alignment': return 'is paused until slower sources of its group come closer';
    case 'all-idle': return 'is idle, like everyone it could wait for instead';
    case 'back-pressured': return 'is held up by what follows it';
    case 'times-stand': return Number.isFinite(holder.watermark) ? 'gets records whose times do not advance' : 'gets records but makes no watermark of them';
  }
}

function remedyOf({ cause, holder }: Standstill): string {
  switch (cause) {
    case 'no-timestamps': return 'Call assignTimestampsAndWatermarks(…) on that stream, or use windows by processing time.';
    case 'no-record-yet':
    case 'no-more-records':
      return holder.alone
        ? 'The next record with a later time moves it, and so does the end of the input.'
        : 'The next record there moves it; withIdleness(…) on its WatermarkStrategy would let the others go on without it.';
    case 'split-behind': return 'The next record of that split moves it; withIdleness(…) on the WatermarkStrategy would let the other splits go on without it.';
    case 'all-idle': return 'The next record of any of them moves it.';
    case 'waits-for-alignment': return 'The slowest source of the group has to go on, to end, or to be idle: withIdleness(…) on its WatermarkStrategy.';
    case 'back-pressured': return 'Look for the operator downstream that is busy or held back itself.';
    case 'times-stand': return 'Look at what the timestamp assigner answers, at the watermark generator, and at pipeline.auto-watermark-interval (0 makes no watermarks).';
  }
}

function named({ operator, subtask, parallelism }: OperatorPlace): string {
  return `"${operator}" (${subtask + 1}/${parallelism})`;
}
