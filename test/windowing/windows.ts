// A window operator in a harness, over elements [key, number], showing each firing as a line.
import type { Specialise } from '../../src/operators/operator.js';
import type { HarnessSnapshot } from '../../src/testing/harness-snapshot.js';
import { operatorHarness, type OperatorHarness } from '../../src/testing/operator-harness.js';
import { aggregateAggregation } from '../../src/windowing/window-aggregation.js';
import { MergingWindowAssigner } from '../../src/windowing/window-assigner.js';
import { processWindowEmission, type MakeEmission } from '../../src/windowing/window-emission.js';
import { windowOperator } from '../../src/windowing/fastest-window-operator.js';
import { generalWindowOperator, type WindowSettings } from '../../src/windowing/window-operator.js';
import { TimeWindow, type Window } from '../../src/windowing/window.js';

export type Item = readonly [key: string, n: number];

/** `a [0,5000) 1 2`: key, window and elements of a firing. */
export function lines<W extends Window>(): MakeEmission<W> {
  return processWindowEmission<W>(
    { process: (key: string, context: { window(): W }, elements: readonly unknown[], out: { collect(line: string): void }) => out.collect([key, span(context.window()), ...elements.map(shown)].join(' ')) },
    'process',
  );
}

function shown(element: unknown): string {
  return Array.isArray(element) ? String(element[1]) : String(element);
}

export function span(window: Window): string {
  return window instanceof TimeWindow ? `[${window.start},${window.end})` : 'global';
}

export type HarnessSettings<W extends Window> = Partial<WindowSettings<Item, W>> & Pick<WindowSettings<Item, W>, 'assigner'> & { readonly specialise?: Specialise; /** Let the fastest operator do it. */ readonly fastest?: boolean; readonly restoreFrom?: HarnessSnapshot };

export function windows<W extends Window>(settings: HarnessSettings<W>): OperatorHarness<string> {
  const { specialise, fastest = false, restoreFrom, ...rest } = settings;
  const definition = (fastest ? windowOperator<Item, W> : generalWindowOperator<Item, W>)({
    keyOf: ([key]) => key, allowedLateness: 0, emission: lines<W>(), trigger: settings.assigner.getDefaultTrigger(), ...rest,
  });
  return operatorHarness<string>(definition as never, { ...(specialise && { specialise }), ...(restoreFrom && { restoreFrom }) });
}

/** The numbers of a window as one text, gathered as they come. */
export const gathered = aggregateAggregation<Item, string, string>({
  createAccumulator: () => '',
  add: ([, n], text) => (text === '' ? String(n) : `${text} ${n}`),
  getResult: (text) => text,
  merge: (a, b) => `${a} ${b}`,
});

/** What came out since the last time. */
export function taken(harness: OperatorHarness<string>): string[] {
  return harness.output.splice(0).map((record) => record.value);
}

/** Windows by an author's rule. */
export class OwnWindows<W extends Window> extends MergingWindowAssigner<Item, W> {
  constructor(
    private readonly assign: (item: Item, timestamp: number) => readonly W[],
    private readonly merge: MergingWindowAssigner<Item, W>['mergeWindows'],
    private readonly trigger: ReturnType<MergingWindowAssigner<Item, W>['getDefaultTrigger']>,
  ) {
    super();
  }
  assignWindows(item: Item, timestamp: number): readonly W[] {
    return this.assign(item, timestamp);
  }
  mergeWindows(...[all, merge]: Parameters<MergingWindowAssigner<Item, W>['mergeWindows']>): void {
    this.merge(all, merge);
  }
  getDefaultTrigger() {
    return this.trigger;
  }
  isEventTime(): boolean {
    return true;
  }
}
