import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ClassRegistry } from '../../../src/core/serialization/class-registry.js';
import { TextBytes } from '../../../src/core/serialization/text-bytes.js';
import { ValueDecoder } from '../../../src/core/serialization/value-decoder.js';
import { ValueEncoder } from '../../../src/core/serialization/value-encoder.js';
import { beginFrame, frameOf } from '../../../src/core/serialization/value-frame.js';

const classes = new ClassRegistry();
const part = fc.oneof(fc.string({ maxLength: 90 }), fc.string({ unit: 'binary', maxLength: 90 }), fc.constantFrom('\ud800', 'é', 'ÿ'.repeat(600), 'Ā'.repeat(600)));

function frame(values: readonly unknown[], encoder: ValueEncoder): Buffer {
  encoder.begin();
  for (const value of values) encoder.write(value);
  return frameOf(encoder, values.length);
}

describe('text gathered as bytes', () => {
  it('makes the same frames as text gathered as a string, batch after batch', () => {
    const [plain, gathered] = [new ValueEncoder(classes), new ValueEncoder(classes, 512, new TextBytes())];
    fc.assert(
      fc.property(fc.array(part, { maxLength: 30 }), (values) => {
        expect(frame(values, gathered).equals(frame(values, plain))).toBe(true);
      }),
    );
  });

  it('survives a value with cycles, written again from its beginning', () => {
    const ring: Record<string, unknown> = { name: 'Ā ring' };
    ring['self'] = ring;
    const bytes = frame(['before', ring, 'after'], new ValueEncoder(classes, 512, new TextBytes()));
    const decoder = new ValueDecoder(classes);
    expect(beginFrame(decoder, bytes)).toBe(3);
    expect(decoder.read()).toBe('before');
    const read = decoder.read() as typeof ring;
    expect(read['self']).toBe(read);
    expect(decoder.read()).toBe('after');
  });
});
