import { expect, it } from 'vitest';
import { DiscardingSink } from '../../../src/connectors/discard/discarding-sink.js';
import { noFacts } from '../drive.js';

it('the discarding sink takes everything and never makes anyone wait', () => {
  const writer = new DiscardingSink<number>().createWriter();
  expect(writer.write(1, noFacts)).toBeUndefined();
  expect(writer.flush(true)).toBeUndefined();
});
