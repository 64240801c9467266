/**
 * Runs a job inside the test and gives back what a stream holds.
 */
import type { DataStream } from '../api/data-stream.js';

/**
 * All records of a bounded stream. Rejects with the job's failure. Everything else that was built in the stream's
 * environment runs too, as with `execute`.
 */
export async function collect<T>(stream: DataStream<T>): Promise<T[]> {
  const records: T[] = [];
  for await (const record of stream.executeAndCollect()) records.push(record);
  return records;
}
