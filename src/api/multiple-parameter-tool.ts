/**
 * The parameters of a program, of which some may be given several times: `--input a.txt --input b.txt` (Flink:
 * `MultipleParameterTool`).
 */
import { FlinkError } from '../core/errors.js';
import { argumentPairs, ParameterTool } from './parameter-tool.js';

export class MultipleParameterTool extends ParameterTool {
  private constructor(private readonly lists: ReadonlyMap<string, readonly string[]>) {
    super(new Map([...lists].flatMap(([key, values]) => (values.length === 0 ? [] : [[key, values.at(-1)!] as const]))));
  }

  /** As `ParameterTool.fromArgs`, but every value of a key is kept. */
  static override fromArgs(args: readonly string[] = process.argv.slice(2)): MultipleParameterTool {
    const lists = new Map<string, string[]>();
    for (const [key, value] of argumentPairs(args)) lists.set(key, [...(lists.get(key) ?? []), value]);
    return new MultipleParameterTool(lists);
  }

  static fromMultiMap(map: Readonly<Record<string, readonly string[]>>): MultipleParameterTool {
    return new MultipleParameterTool(new Map(Object.entries(map)));
  }

  /** The parameter's only text. Throws `INVALID_ARGUMENT` when it was given several times: `getMultiParameter` answers them all. */
  override get(key: string): string | undefined;
  override get(key: string, defaultValue: string): string;
  override get(key: string, defaultValue?: string): string | undefined {
    const count = this.lists.get(key)?.length ?? 0;
    if (count > 1) throw new FlinkError('INVALID_ARGUMENT', `Key '${key}' should have only one value; ${count} came`, { hint: `Give --${key} once, or ask for getMultiParameter('${key}').` });
    return defaultValue === undefined ? super.get(key) : super.get(key, defaultValue);
  }

  /** Every value, in the order given; undefined when there is none. */
  getMultiParameter(key: string): readonly string[] | undefined {
    return this.has(key) ? this.lists.get(key) : undefined;
  }

  /** Every value, in the order given. Throws `INVALID_ARGUMENT` when there is none. */
  getMultiParameterRequired(key: string): readonly string[] {
    return this.getMultiParameter(key) ?? [this.getRequired(key)];
  }

  /** All parameters as they were given. */
  toMultiMap(): Record<string, readonly string[]> {
    return Object.fromEntries(this.lists);
  }
}
