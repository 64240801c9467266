/**
 * Shifts windows of different subtasks against each other, so that they do not all fire at once (Flink:
 * `WindowStagger`). Decided once for each subtask, at its first element.
 */
import { TimeWindow } from './window.js';
import type { WindowAssignerContext } from './window-assigner.js';

export const WindowStagger = {
  /** All subtasks' windows start at the same times (the default). */
  ALIGNED: 'ALIGNED',
  /** Each subtask's windows are shifted by a random part of their size. */
  RANDOM: 'RANDOM',
  /** Each subtask's windows start when its first element came. */
  NATURAL: 'NATURAL',
} as const;
export type WindowStagger = (typeof WindowStagger)[keyof typeof WindowStagger];

/** By how many milliseconds windows of `size` are shifted. */
export function staggerOffset(stagger: WindowStagger, size: number, context: WindowAssignerContext): number {
  switch (stagger) {
    case 'ALIGNED':
      return 0;
    case 'RANDOM':
      return Math.floor(context.random() * size);
    case 'NATURAL': {
      const now = context.getCurrentProcessingTime();
      return now - TimeWindow.getWindowStartWithOffset(now, 0, size);
    }
  }
}
