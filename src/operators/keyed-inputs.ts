/**
 * Sets the current key before each record, for operators that know nothing of keys: a rich map or flatMap on a keyed
 * stream finds its state by it (Flink: `setKeyContextElement`).
 */
import type { KeyedContext } from '../state/keyed-context.js';
import type { Operator, OperatorDefinition } from './operator.js';
import type { Emit, HashedEmit } from './output.js';
import { guardedUserFunction } from './specialise.js';

/** @param keyOfs one for each input. */
export function withCurrentKey<OUT>(definition: OperatorDefinition<OUT>, keyOfs: readonly ((value: never) => unknown)[]): OperatorDefinition<OUT> {
  return {
    instantiate(context) {
      const { keyed, specialise } = context;
      if (!keyed) return definition.instantiate(context);
      const operator = definition.instantiate(context);
      const setKey = guardedUserFunction(specialise, (key: unknown, hash?: number) => keyed.setCurrentKey(key, hash));
      const pairs = operator.inputs.map((input, at) => specialise(currentKeyKernel<never>)(setKey, guardedUserFunction(specialise, keyOfs[at]!), input));
      return {
        ...otherMethods(operator),
        opensLast: operator.opensLast ?? false,
        inputs: pairs.map(({ input }) => input),
        hashedInputs: pairs.map(({ hashedInput }) => hashedInput),
      };
    },
  };
}

type OtherMethod = Exclude<keyof Operator, 'inputs' | 'hashedInputs' | 'opensLast'>;

/** Complete by its type: what is forgotten here an operator would never hear of. */
const OTHER_METHODS = Object.keys({
  awaitOpening: true, open: true, watermark: true, idle: true, flush: true, snapshotState: true, notifyCheckpointComplete: true, notifyCheckpointAborted: true,
  endInput: true, finish: true, close: true,
} satisfies Record<OtherMethod, true>) as OtherMethod[];

/** What the operator has of everything but inputs; what it lacks the host does by itself. */
function otherMethods(operator: Operator): Partial<Operator> {
  return Object.fromEntries(OTHER_METHODS.flatMap((name) => (operator[name] ? [[name, operator[name].bind(operator)]] : [])));
}

function currentKeyKernel<IN>(setKey: KeyedContext['setCurrentKey'], keyOf: (value: IN) => unknown, next: Emit<IN>): { input: Emit<IN>; hashedInput: HashedEmit<IN> } {
  return {
    input: function atKey(value, timestamp) {
      setKey(keyOf(value));
      next(value, timestamp);
    },
    hashedInput: function atKey(value, timestamp, hash) {
      setKey(keyOf(value), hash);
      next(value, timestamp);
    },
  };
}
