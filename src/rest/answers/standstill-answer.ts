/**
 * What is answered of event time that stands still; nothing of this is in Flink's API.
 */
import * as z from 'zod/mini';

/** Epoch milliseconds of event time; null where no watermark has come. */
const watermark = () => z.nullable(z.number());

const place = () => z.object({ vertexId: z.string(), operator: z.string(), subtask: z.number(), parallelism: z.number() });

export const standstillCause = () =>
  z.enum(['no-timestamps', 'no-record-yet', 'no-more-records', 'split-behind', 'waits-for-alignment', 'all-idle', 'back-pressured', 'times-stand']);

export const standstillAnswer = () =>
  z.object({
    standstill: z.nullable(z.object({
      cause: standstillCause(), since: z.number(), duration: z.number(), recordless: z.nullable(z.number()),
      waiting: z.extend(place(), { openWindows: z.number(), timers: z.number(), watermark: watermark(), input: z.nullable(z.number()) }),
      holder: z.extend(place(), { watermark: watermark(), head: z.nullable(z.string()), alone: z.boolean(), split: z.nullable(z.object({ id: z.string(), watermark: watermark() })) }),
    })),
  });
