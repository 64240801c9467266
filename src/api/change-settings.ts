/**
 * Checked changes of an operator's settings, shared by streams and sinks.
 */
import { FlinkError } from '../core/errors.js';
import { MAX_PARALLELISM_LIMIT } from '../core/key-group.js';
import type { DurationLike } from '../core/time.js';
import { badArgument, durationArgument, nameArgument, parallelismArgument, uidHashArgument, wholeNumber } from './arguments.js';
import { SlotSharingGroup } from './slot-sharing-group.js';
import type { TransformationSettings } from './transformation.js';

export function name(settings: TransformationSettings, value: string): void {
  settings.name = nameArgument('name', value);
}

export function uid(settings: TransformationSettings, value: string): void {
  settings.uid = nameArgument('uid', value, 'an id');
}

export function uidHash(settings: TransformationSettings, value: string): void {
  settings.uidHash = uidHashArgument('setUidHash', value);
}

export function description(settings: TransformationSettings, value: string): void {
  if (typeof value !== 'string') throw badArgument('setDescription', 'a text', value);
  settings.description = value;
}

export function parallelism(settings: TransformationSettings, value: number): void {
  parallelismArgument('setParallelism', value);
  if (!settings.canBeParallel && value > 1) {
    throw new FlinkError('INVALID_ARGUMENT', `setParallelism(${value}): The parallelism of non parallel operator must be 1, and "${settings.name}" is not parallel`, {
      hint: 'Set the parallelism of the operators that follow.',
    });
  }
  settings.parallelism = value;
}

export function maxParallelism(settings: TransformationSettings, value: number): void {
  settings.maxParallelism = wholeNumber('setMaxParallelism', value, 1, MAX_PARALLELISM_LIMIT, 'a maximum parallelism');
}

/** Fixes the operator to one subtask. */
export function nonParallel(settings: TransformationSettings): void {
  settings.canBeParallel = false;
  settings.parallelism = 1;
}

export function bufferTimeout(settings: TransformationSettings, value: DurationLike): void {
  settings.bufferTimeoutMs = durationArgument('setBufferTimeout', value, -1);
}

export function slotSharingGroup(settings: TransformationSettings, value: string | SlotSharingGroup): void {
  settings.slotSharingGroup = nameArgument('slotSharingGroup', value instanceof SlotSharingGroup ? value.getName() : value, 'the name of a group');
}
