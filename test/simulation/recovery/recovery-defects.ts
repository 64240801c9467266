/**
 * Deliberate defects of checkpoints and restores, to show that the simulation notices each.
 */
import type { Heard, Told } from './simulated-task-manager.js';

export const RECOVERY_DEFECTS = ['no alignment', 'commits early', 'forgets keyed state', 'forgets records in flight', 'forgets positions'] as const;
export type RecoveryDefect = (typeof RECOVERY_DEFECTS)[number];

/** The message with the defect in it; `also` sends another one along. */
export function spoil<M extends Heard | Told>(defect: RecoveryDefect, message: M, also: (told: Told) => void): M {
  if (message.type === 'trigger-checkpoint' && defect === 'no alignment') {
    const { barrier } = message;
    return { ...message, barrier: { ...barrier, options: { ...barrier.options, alignment: 'at-least-once' } } };
  }
  if (message.type === 'trigger-checkpoint' && defect === 'commits early') {
    also(message);
    return { type: 'checkpoint-complete', jobId: message.jobId, checkpointId: message.barrier.checkpointId } as M;
  }
  if (message.type !== 'checkpoint-acknowledged') return message;
  const operators = Object.fromEntries(Object.entries(message.operators).map(([id, state]) => {
    if (defect === 'forgets keyed state') return [id, { ...state, keyed: [] }];
    if (defect === 'forgets records in flight') return [id, { ...state, inputChannels: [], outputChannels: [] }];
    if (defect === 'forgets positions' && state.keyed.length === 0) return [id, { ...state, operator: [] }];
    return [id, state];
  }));
  return { ...message, operators };
}
