/**
 * Turns what a job's author gave (lambda, object or class) into a function that an operator can call, with its life
 * cycle around it.
 *
 * Invariants:
 * - A wrong argument is refused when the job is built, not when its first record comes.
 * - A class is constructed once for each subtask; an object or a lambda is used as it is, for every subtask runs
 *   the program for itself.
 */
import { FlinkError } from '../core/errors.js';
import type { CheckpointListener } from './checkpoint-listener.js';
import type { CheckpointedFunction, FunctionInitializationContext } from './checkpointed-function.js';
import { listCheckpointed } from './list-checkpointed.js';
import type { FunctionLifeCycleCalls, OperatorContext, Specialise } from './operator.js';
import type { FunctionLifeCycle } from './rich-function.js';
import { guardedUserFunction } from './specialise.js';

export type { FunctionLifeCycleCalls } from './operator.js';

type AnyFunction = (...args: never[]) => unknown;

/** Which methods an operator calls, and how errors speak of it. `F` is the interface of the objects. */
export interface UserFunctionShape<F> {
  /** The API call, as the author wrote it (`map`). */
  readonly operator: string;
  /** The methods of the object; a lambda stands for the only one. */
  readonly methods: readonly (keyof F & string)[];
  /** Methods of the object that may be missing. */
  readonly optional?: readonly (keyof F & string)[];
  /** The author may return a promise (sinks and sources only). */
  readonly mayBeAsync?: boolean;
}

/** A user function in one subtask. */
export interface UserFunction<F> {
  /** The methods named in the shape, bound, ready for the hot path. */
  readonly call: F;
  readonly open: () => void | Promise<void>;
  readonly close: () => void | Promise<void>;
  /** What the operator's own life cycle passes on to it: `open`, `close`, and what it wants to hear of checkpoints. */
  readonly lifeCycle: FunctionLifeCycleCalls;
}

/** A class that the author's function may extend; `given` is an instance or such a class. */
type FunctionClass = abstract new (...args: never[]) => object;

/** Whether the author's function is of this class. */
export function isOfClass(given: unknown, type: FunctionClass): boolean {
  return given instanceof type || (typeof given === 'function' && (given.prototype as unknown) instanceof type);
}

/** Throws `INVALID_ARGUMENT` when the function is of a class that is for keyed streams only, and these are not. */
export function refuseWithoutKeys(given: unknown, type: FunctionClass, hint: string): void {
  if (isOfClass(given, type)) throw new FlinkError('INVALID_ARGUMENT', `a ${type.name} can only be used on a keyed stream`, { hint });
}

const ASYNC_KINDS = new Set(['AsyncFunction', 'AsyncGeneratorFunction']);

/**
 * Checks the argument of an API call. Throws `INVALID_ARGUMENT` saying which call, what it takes and what came.
 * @returns what makes the function in a subtask.
 */
export function userFunction<F>(given: unknown, shape: UserFunctionShape<F>): (context: OperatorContext<never>) => UserFunction<F> {
  if (typeof given === 'function') {
    if (isClass(given, shape.methods)) return (context) => inSubtask(constructed(given as new () => unknown, shape), shape, context);
    if (shape.methods.length > 1) throw refused(given, shape);
    rejectAsync(given, shape);
    return (context) => inSubtask({ [shape.methods[0]!]: given }, shape, context, true);
  }
  checkMethods(given, shape);
  return (context) => inSubtask(given as object, shape, context);
}

function constructed<F>(type: new () => unknown, shape: UserFunctionShape<F>): object {
  const made = new type();
  checkMethods(made, shape);
  return made as object;
}

function inSubtask<F>(target: object, shape: UserFunctionShape<F>, context: OperatorContext<never>, lambda = false): UserFunction<F> {
  const members = target as Record<string, AnyFunction | undefined>;
  const bound = (method: string): AnyFunction => (lambda ? guardedUserFunction(context.specialise, members[method]!) : boundMethod(context.specialise, members as Record<string, AnyFunction>, method));
  const present = [...shape.methods, ...(shape.optional ?? []).filter((method) => typeof members[method] === 'function')];
  const lifeCycle = lifeCycleOf(target, context);
  return { call: Object.fromEntries(present.map((method) => [method, bound(method)])) as F, open: lifeCycle.open, close: lifeCycle.close, lifeCycle };
}

/** What a function of the author's sees when it is opened. */
export type FunctionSurroundings = Pick<OperatorContext<never>, 'runtime' | 'operatorState' | 'restoredCheckpointId' | 'keyed'>;

/** What a function does beside its work: begin, end, and keep state of its own, all of which may be missing in it. */
export function lifeCycleOf(target: object, surroundings: FunctionSurroundings): FunctionLifeCycleCalls & Required<Pick<FunctionLifeCycleCalls, 'open' | 'close'>> {
  const members = target as FunctionLifeCycle & Partial<CheckpointedFunction> & CheckpointListener;
  const state: Partial<CheckpointedFunction> = listCheckpointed(members as never) ?? members;
  const { runtime } = surroundings;
  const open = (): void | Promise<void> => {
    members.setRuntimeContext?.(runtime);
    const initialized = state.initializeState?.(initialization(surroundings));
    const opened = (): void | Promise<void> => members.open?.({ attemptNumber: runtime.getAttemptNumber() });
    return initialized instanceof Promise ? initialized.then(opened) : opened();
  };
  return { ...checkpointCalls(state, members), open, close: () => members.close?.() };
}

function checkpointCalls(state: Partial<CheckpointedFunction>, members: CheckpointListener): FunctionLifeCycleCalls {
  const calls: { -readonly [K in keyof FunctionLifeCycleCalls]: FunctionLifeCycleCalls[K] } = {};
  if (typeof state.snapshotState === 'function') {
    calls.snapshotState = ({ checkpointId, timestamp }) => state.snapshotState!({ getCheckpointId: () => checkpointId, getCheckpointTimestamp: () => timestamp });
  }
  if (typeof members.notifyCheckpointComplete === 'function') calls.notifyCheckpointComplete = (checkpointId) => members.notifyCheckpointComplete!(checkpointId);
  if (typeof members.notifyCheckpointAborted === 'function') calls.notifyCheckpointAborted = (checkpointId) => members.notifyCheckpointAborted!(checkpointId);
  return calls;
}

function initialization(context: FunctionSurroundings): FunctionInitializationContext {
  return {
    isRestored: () => context.restoredCheckpointId !== null,
    getRestoredCheckpointId: () => context.restoredCheckpointId,
    getOperatorStateStore: () => context.operatorState,
    getKeyedStateStore: () => context.keyed?.store ?? null,
  };
}

/** A method of some object of the author's as a hot function. The copy has an inline cache of its own for it. */
export function boundMethod<T extends object, M extends keyof T & string>(specialise: Specialise, target: T, method: M): Extract<T[M], AnyFunction> {
  return guardedUserFunction(specialise, specialise(methodKernel)(target as never, method)) as Extract<T[M], AnyFunction>;
}

function methodKernel(target: Record<string, (a: never, b: never, c: never, d: never) => unknown>, method: string): AnyFunction {
  return (a: never, b: never, c: never, d: never) => target[method]!(a, b, c, d);
}

/** Whether this is a plain function, which has no life cycle and sees no runtime context. */
export function isLambda(given: unknown): boolean {
  if (typeof given !== 'function') return false;
  const { prototype } = given as { prototype?: object };
  return !isClass(given, prototype ? Object.getOwnPropertyNames(prototype).filter((name) => name !== 'constructor') : []);
}

function isClass(given: object, methods: readonly string[]): boolean {
  const { prototype } = given as { prototype?: Record<string, unknown> };
  if (!prototype) return false;
  return methods.some((method) => typeof prototype[method] === 'function') || /^class\b/.test(Function.prototype.toString.call(given));
}

function checkMethods<F>(given: unknown, shape: UserFunctionShape<F>): void {
  for (const method of shape.methods) {
    const member = typeof given === 'object' && given !== null ? (given as Record<string, unknown>)[method] : undefined;
    if (typeof member !== 'function') throw refused(given, shape);
    rejectAsync(member, shape);
  }
}

function rejectAsync<F>(call: object, shape: UserFunctionShape<F>): void {
  if (shape.mayBeAsync || !ASYNC_KINDS.has(call.constructor.name)) return;
  throw new FlinkError('INVALID_ARGUMENT', `${shape.operator} was given an async function: its records would be promises`, {
    hint: 'Give a function that answers at once.',
  });
}

function refused<F>(given: unknown, shape: UserFunctionShape<F>): FlinkError {
  const methods = shape.methods.map((method) => `${method}()`).join(' and ');
  const lambda = shape.methods.length === 1 ? 'a function, ' : '';
  return new FlinkError('INVALID_ARGUMENT', `${shape.operator} takes ${lambda}an object with ${methods}, or a class of such objects; ${describe(given)} came`, {
    hint: `Give ${shape.operator} ${lambda === '' ? `an object with ${methods}` : 'a function'}.`,
  });
}

function describe(given: unknown): string {
  if (given === null || given === undefined) return String(given);
  if (typeof given === 'function') return `the ${isClass(given, []) ? 'class' : 'function'} ${given.name || '(anonymous)'}`;
  if (typeof given !== 'object') return `the ${typeof given} ${JSON.stringify(given) ?? String(given)}`;
  const members = Object.keys(given);
  const name = given.constructor?.name ?? 'object';
  return `an ${name === 'Object' ? 'object' : `instance of ${name}`} with ${members.length === 0 ? 'no members' : members.slice(0, 5).join(', ')}`;
}
