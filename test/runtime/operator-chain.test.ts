import { describe, expect, it } from 'vitest';
import type { Output } from '../../src/operators/output.js';
import { sharedKernels } from '../../src/operators/specialise.js';
import { combineTargets } from '../../src/runtime/emit-targets.js';
import { type ChainTarget, OperatorChain } from '../../src/runtime/operator-chain.js';
import { noMemory, scriptedChain } from './chain-fixture.js';

function leaf(log: string[], name: string, sideOutput?: string): ChainTarget {
  return {
    sideOutput,
    emit: (value) => void log.push(`${name}:${String(value)}`),
    watermark: (timestamp) => void log.push(`${name} watermark ${timestamp}`),
    idle: (idle) => void log.push(`${name} idle ${idle}`),
  };
}

describe('a chain of operators', () => {
  it('calls one operator from the other, and what is outside from the last', () => {
    const log: string[] = [];
    const chain = scriptedChain(log, [{}, { record: (value, output) => output.emit(`${String(value)}!`, 7) }], [leaf(log, 'out')]);
    chain.head!.inputs[0]!('x' as never, 1);
    expect(log).toEqual(['a:x', 'b:x', 'out:x!']);
  });

  it('opens from tail to head', async () => {
    const log: string[] = [];
    await scriptedChain(log, [{}, {}, {}]).open();
    expect(log).toEqual(['c.open', 'b.open', 'a.open']);
  });

  it('finishes from head to tail, the input of each ending before it', async () => {
    const log: string[] = [];
    await scriptedChain(log, [{}, {}]).finish();
    expect(log).toEqual(['a.finish', 'b.endInput(0)', 'b.finish']);
  });

  it('hands what an operator gives while it finishes to those behind it', async () => {
    const log: string[] = [];
    let output!: Output;
    const chain = scriptedChain(log, [{ record: (_, out) => (output = out), finish: () => output.emit('last', 0) }, {}], [leaf(log, 'out')]);
    chain.head!.inputs[0]!(0 as never, 0);
    await chain.finish();
    expect(log).toEqual(['a:0', 'a.finish', 'b:last', 'out:last', 'b.endInput(0)', 'b.finish']);
  });

  it('opens and finishes nothing more once it has been stopped', async () => {
    const log: string[] = [];
    const chain = scriptedChain(log, [{}, { open: () => chain.stop() }]);
    await chain.open();
    await chain.finish();
    expect(log).toEqual(['b.open']);
  });

  it('closes every operator once, head first, and reports the first error', async () => {
    const log: string[] = [];
    const chain = scriptedChain(log, [{}, { close: () => Promise.reject(new Error('b')) }, { close: () => Promise.reject(new Error('c')) }]);
    await expect(chain.close()).rejects.toMatchObject({ message: 'Error: b', place: { operator: 'b' } });
    await chain.close();
    expect(log).toEqual(['a.close', 'b.close', 'c.close']);
  });

  it('passes watermarks and idleness to operators that react to them, and around those that do not', () => {
    const log: string[] = [];
    const chain = scriptedChain(log, [{}, { watermark: () => {}, idle: () => {} }], [leaf(log, 'out')]);
    chain.watermark(5);
    chain.idle(true);
    expect(log).toEqual(['b.watermark(5)', 'b.idle(true)']);
    scriptedChain(log, [{}, {}], [leaf(log, 'out')]).watermark(6);
    expect(log.at(-1)).toBe('out watermark 6');
  });

  it('lets every operator hand over what it buffers', () => {
    const log: string[] = [];
    scriptedChain(log, [{}, {}]).flush();
    expect(log).toEqual(['a.flush', 'b.flush']);
  });

  it('keeps main and side outputs apart, and drops side outputs that nobody reads', () => {
    const log: string[] = [];
    const chain = new OperatorChain([{
      place: { operator: 'a', subtask: 0, parallelism: 1 }, operatorId: 'op', memory: noMemory,
      instantiate: (output: Output) => ({
        inputs: [(value: unknown) => {
          output.emit(value, 0);
          output.side('late')(value, 0);
          output.side('nobody')(value, 0);
        }],
      }),
      next: [], leaves: [leaf(log, 'main'), leaf(log, 'late', 'late'), leaf(log, 'main too')],
      combine: (targets) => combineTargets(targets, sharedKernels, false),
    }]);
    chain.head!.inputs[0]!('x' as never, 0);
    chain.watermark(3);
    expect(log).toEqual(['main:x', 'main too:x', 'late:x', 'main watermark 3', 'late watermark 3', 'main too watermark 3']);
  });

  it('of a source has no operator at its head, only an output', () => {
    const log: string[] = [];
    const chain = new OperatorChain([{ operatorId: 'source', memory: noMemory, place: { operator: 'Source', subtask: 0, parallelism: 1 }, instantiate: undefined, next: [], leaves: [leaf(log, 'out')], combine: (targets) => targets[0] ?? (() => {}) }]);
    chain.headOutput.emit('x', 1);
    expect([chain.head, log]).toEqual([undefined, ['out:x']]);
  });
});
