/**
 * What is answered of metrics: without `get` only their names.
 */
import * as z from 'zod/mini';

export const metricValues = () => z.array(z.strictObject({ id: z.string(), value: z.optional(z.string()) }));

export const aggregatedMetrics = () =>
  z.array(z.strictObject({ id: z.string(), min: z.optional(z.number()), max: z.optional(z.number()), avg: z.optional(z.number()), sum: z.optional(z.number()), skew: z.optional(z.number()) }));
