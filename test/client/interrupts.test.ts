import { EventEmitter } from 'node:events';
import { describe, expect, it } from 'vitest';
import { onInterrupt, type SignalTarget } from '../../src/client/interrupts.js';

class FakeProcess extends EventEmitter {
  exits: number[] = [];
  exit(code: number): void {
    this.exits.push(code);
  }
}
const listen = (): { target: FakeProcess; heard: string[]; stop: () => void } => {
  const target = new FakeProcess();
  const heard: string[] = [];
  return { target, heard, stop: onInterrupt((signal) => void heard.push(signal), target as unknown as SignalTarget) };
};

describe('an interrupt', () => {
  it.each(['SIGINT', 'SIGTERM', 'SIGHUP'])('by %s asks the first time and ends the process with 130 the second', (signal) => {
    const { target, heard } = listen();
    target.emit(signal, signal);
    expect([heard, target.exits]).toEqual([[signal], []]);
    target.emit('SIGINT', 'SIGINT');
    expect([heard, target.exits]).toEqual([[signal], [130]]);
  });

  it('is not listened for once the run is over', () => {
    const { target, stop } = listen();
    stop();
    expect(target.eventNames()).toEqual([]);
  });
});
