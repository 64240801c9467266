/**
 * What requests may hold, in Flink's field names. The one place that says so: requests are checked against it.
 */
import * as z from 'zod/mini';

const triggerId = z.optional(z.string().check(z.regex(/^[0-9a-f]{32}$/, 'expected 32 hexadecimal digits')));
const formatType = z.optional(z.enum(['CANONICAL', 'NATIVE']));
const directory = z.nullish(z.string().check(z.minLength(1)));

export const savepointRequest = z.object({ 'target-directory': directory, 'cancel-job': z.optional(z.boolean()), formatType, triggerId });

export const stopRequest = z.object({ targetDirectory: directory, drain: z.optional(z.boolean()), formatType, triggerId });

export const checkpointRequest = z.object({ checkpointType: z.optional(z.enum(['CONFIGURED', 'FULL', 'INCREMENTAL'])), triggerId });
