/**
 * What a source's enumerator keeps in a checkpoint, as bytes: any value that may travel between threads.
 */
import { FlinkError } from '../core/errors.js';
import { registeredClasses } from '../core/serialization/class-registry.js';
import { explainUnserializable } from '../core/serialization/unserializable.js';
import { ValueDecoder } from '../core/serialization/value-decoder.js';
import { ValueEncoder } from '../core/serialization/value-encoder.js';
import { beginFrame, frameOf } from '../core/serialization/value-frame.js';

/** @param source its name, for errors. @throws FlinkError STATE_NOT_SERIALIZABLE saying what cannot be stored. */
export function encodeEnumeratorState(state: unknown, source: string): Uint8Array {
  const encoder = new ValueEncoder(registeredClasses);
  encoder.begin();
  try {
    encoder.write(state);
    return Uint8Array.from(frameOf(encoder, 1));
  } catch (cause) {
    const { problem, hint } = explainUnserializable(state, cause, 'state', registeredClasses);
    throw new FlinkError('STATE_NOT_SERIALIZABLE', `the state of the enumerator of "${source}" cannot be stored: ${problem}`, { cause, ...(hint === undefined ? {} : { hint }), place: { operator: source } });
  }
}

export function decodeEnumeratorState(bytes: Uint8Array): unknown {
  const decoder = new ValueDecoder(registeredClasses);
  beginFrame(decoder, bytes);
  const state = decoder.read();
  decoder.end();
  return state;
}
