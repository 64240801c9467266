import { describe, expect, it } from 'vitest';
import { randomInt, seededRandom } from '../../../src/core/random.js';
import { allocateRing, RingReader, RingWriter } from '../../../src/runtime/exchange/ring.js';

const TYPE = 7;

function ends(bytes = 1024) {
  const memory = allocateRing(bytes);
  return { writer: new RingWriter(memory), reader: new RingReader(memory) };
}

function write(writer: RingWriter, length: number, content: number): boolean {
  const at = writer.claim(TYPE, length);
  if (at < 0) return false;
  writer.views.u8.fill(content, at, at + length);
  writer.publish();
  return true;
}

describe('a ring of bytes', () => {
  it('takes only sizes that are powers of two', () => {
    expect(() => allocateRing(3000)).toThrow(/power of two/);
    expect(() => allocateRing(512)).toThrow(/power of two/);
  });

  it('shows a frame only once it is published', () => {
    const { writer, reader } = ends();
    writer.claim(TYPE, 10);
    expect(reader.empty).toBe(true);
    writer.publish();
    expect(reader.next()).toBe(true);
    expect([reader.type, reader.length]).toEqual([TYPE, 10]);
  });

  it('finds the same frame until it is freed', () => {
    const { writer, reader } = ends();
    write(writer, 10, 1);
    write(writer, 20, 2);
    expect([reader.next(), reader.length, reader.next(), reader.length]).toEqual([true, 10, true, 10]);
    reader.free();
    expect([reader.next(), reader.length]).toEqual([true, 20]);
  });

  it('takes a frame of the greatest size wherever it stands when it is empty', () => {
    for (let before = 0; before < 1024; before += 8) {
      const { writer, reader } = ends();
      for (let written = 0; written < before; written += 8) {
        expect(write(writer, 0, 0)).toBe(true);
        reader.next();
        reader.free();
      }
      expect(write(writer, writer.maxPayload, 3)).toBe(true);
      expect([reader.next(), reader.length, reader.views.u8[reader.offset]]).toEqual([true, writer.maxPayload, 3]);
    }
  });

  it('tells the reader to wake the writer once what it waits for and half the ring are free', () => {
    const { writer, reader } = ends();
    while (write(writer, 120, 1));
    const woken: boolean[] = [];
    while (reader.next()) woken.push(reader.free());
    expect(woken).toEqual([false, false, false, true, true, true, true, true]);
    expect(write(writer, 120, 1)).toBe(true);
    reader.next();
    expect(reader.free()).toBe(false);
  });

  it('keeps every byte in order under any interleaving of both ends', () => {
    for (let seed = 1; seed <= 60; seed++) {
      const random = seededRandom(seed);
      const { writer, reader } = ends();
      let written = 0;
      let read = 0;
      let pending = randomInt(random, writer.maxPayload + 1);
      const sizes: number[] = [];
      const broken: number[] = [];
      for (let step = 0; step < 3000; step++) {
        // Long runs of one side make the ring both full and empty often.
        if (random.next() < (Math.floor(step / 100) % 2 ? 0.7 : 0.3)) {
          if (write(writer, pending, written & 0xff)) {
            sizes.push(pending);
            written++;
            pending = random.next() < 0.5 ? randomInt(random, 40) : randomInt(random, writer.maxPayload + 1);
          }
        } else if (reader.next()) {
          const payload = reader.views.u8.subarray(reader.offset, reader.offset + reader.length);
          if (reader.length !== sizes[read] || payload.some((byte) => byte !== (read & 0xff))) broken.push(read);
          reader.free();
          read++;
        }
      }
      expect(broken).toEqual([]);
      expect(written).toBeGreaterThan(500);
      expect(written - read).toBeLessThan(130);
    }
  });

  it('goes on when the counts of bytes overflow 32 bits', () => {
    const memory = allocateRing(1024);
    // Both ends stand 64 bytes before the sign changes, as after two gigabytes of traffic.
    const header = new Int32Array(memory);
    header[0] = 0x7fffffff - 63;
    header[32] = 0x7fffffff - 63;
    const writer = new RingWriter(memory);
    const reader = new RingReader(memory);
    for (let i = 0; i < 20; i++) {
      expect(write(writer, 100, i)).toBe(true);
      expect([reader.next(), reader.length, reader.views.u8[reader.offset]]).toEqual([true, 100, i]);
      reader.free();
    }
  });

  it('lets each end know that the other has closed', () => {
    const { writer, reader } = ends();
    expect([writer.readerClosed, reader.writerClosed]).toEqual([false, false]);
    writer.close();
    reader.close();
    expect([writer.readerClosed, reader.writerClosed]).toEqual([true, true]);
  });
});
