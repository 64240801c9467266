// Extractors of timestamps as jobs before Flink 1.11 have them.
import { describe, expect, it } from 'vitest';
import { AscendingTimestampExtractor, FlinkError, MAX_TIMESTAMP, MIN_TIMESTAMP } from '../../src/index.js';
import type { DataStream } from '../../src/index.js';
import { harness } from '../../src/testing/index.js';

class Ascending extends AscendingTimestampExtractor<number> {
  extractAscendingTimestamp(time: number): number {
    return time;
  }
}

describe('an extractor of ascending timestamps', () => {
  it('has a watermark of the largest one - 1, from the smallest to the largest there are', () => {
    const extractor = new Ascending();
    expect(extractor.getCurrentWatermark()).toBe(MIN_TIMESTAMP);
    for (const time of [10, 10, 25]) extractor.extractTimestamp(time);
    expect(extractor.getCurrentWatermark()).toBe(24);
    extractor.extractTimestamp(MAX_TIMESTAMP);
    expect(extractor.getCurrentWatermark()).toBe(MAX_TIMESTAMP);
  });

  it('lets a timestamp that goes back pass, which moves no watermark', () => {
    for (const extractor of [new Ascending(), new Ascending().withViolationHandler(new AscendingTimestampExtractor.IgnoringHandler())]) {
      expect([1000, 999, 1000, 1000].map((time) => extractor.extractTimestamp(time))).toEqual([1000, 999, 1000, 1000]);
      expect(extractor.getCurrentWatermark()).toBe(999);
    }
  });

  it('tells a handler which timestamp went back, and behind which', () => {
    const told: number[][] = [];
    const extractor = new Ascending().withViolationHandler({ handleViolation: (time, last) => void told.push([time, last]) });
    for (const time of [1000, 1000, 999, 998, 1001]) extractor.extractTimestamp(time);
    expect(told).toEqual([[999, 1000], [998, 1000]]);
    expect(() => new Ascending().withViolationHandler({} as never)).toThrow(FlinkError);
  });

  it('fails the job before such a record goes on, if asked to', async () => {
    const h = await harness.operator((input: DataStream<number>) =>
      input.assignTimestampsAndWatermarks(new Ascending().withViolationHandler(new AscendingTimestampExtractor.FailingHandler())));
    h.pushAll([1000, 1000]);
    expect(() => h.push(999)).toThrow('ascending timestamps were promised: 999 came after 1000');
    expect(h.output.map(({ timestamp }) => timestamp)).toEqual([1000, 1000]);
  });
});
