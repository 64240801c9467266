/**
 * Why a job gives no results though it runs: who waits for event time, and who holds it back.
 */
import type { z } from 'zod/mini';
import { type Standstill, standstillOf } from '../cluster/standstill.js';
import { standstillAnswer } from './answers/standstill-answer.js';
import { type Endpoint, endpoint } from './endpoint.js';
import type { KnownJobs } from './job-records.js';

type Told = NonNullable<z.infer<ReturnType<typeof standstillAnswer>>['standstill']>;

export function standstillEndpoint(records: KnownJobs): Endpoint {
  return endpoint({
    method: 'get', path: '/jobs/:jobid/standstill', summary: 'Which operator waits for event time, and who holds it back. Not in Flink.', answer: standstillAnswer,
    handle({ param }) {
      const found = standstillOf(records.of(param('jobid')).job.snapshot());
      return { standstill: found ? told(found) : null };
    },
  });
}

function told({ cause, since, forMs, recordlessMs, waiting, holder }: Standstill): Told {
  const { split } = holder;
  return {
    cause, since, duration: forMs, recordless: recordlessMs ?? null,
    waiting: { ...waiting, watermark: finite(waiting.watermark), input: waiting.input ?? null },
    holder: { ...holder, watermark: finite(holder.watermark), head: holder.head ?? null, split: split ? { id: split.id, watermark: finite(split.watermark) } : null },
  };
}

/** JSON has no word for a watermark that has not come. */
function finite(watermark: number): number | null {
  return Number.isFinite(watermark) ? watermark : null;
}

/** The other way round, for who asked. */
export function standstillFrom({ standstill }: z.infer<ReturnType<typeof standstillAnswer>>): Standstill | undefined {
  if (!standstill) return undefined;
  const { cause, since, duration, recordless, waiting, holder } = standstill;
  const { split } = holder;
  return {
    cause, since, forMs: duration, recordlessMs: recordless ?? undefined,
    waiting: { ...waiting, watermark: waiting.watermark ?? Number.NEGATIVE_INFINITY, input: waiting.input ?? undefined },
    holder: { ...holder, watermark: holder.watermark ?? Number.NEGATIVE_INFINITY, head: holder.head ?? undefined, split: split ? { id: split.id, watermark: split.watermark ?? Number.NEGATIVE_INFINITY } : undefined },
  };
}
