import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { errorJson } from '../../src/client/error-report.js';
import { EXIT } from '../../src/client/exit-codes.js';
import { workspace } from './flink.js';

const page = readFileSync(new URL('../../docs/cli.md', import.meta.url), 'utf8');
const manifest = JSON.parse(readFileSync(new URL('../../oclif.manifest.json', import.meta.url), 'utf8')) as { commands: Record<string, { flags: Record<string, { char?: string; helpValue?: string }> }> };
const { file, flink } = workspace();

/** The text under `## flink <command>`. */
function section(command: string): string {
  return new RegExp(`^## flink ${command}\\n(.*?)(?=^## |$(?![\\s\\S]))`, 'ms').exec(page)?.[1] ?? '';
}

describe('docs/cli.md', () => {
  it('has a section for every command and for nothing else', () => {
    expect([...page.matchAll(/^## flink (.*)$/gm)].map(([, command]) => command!).sort()).toEqual(Object.keys(manifest.commands).sort());
  });

  it('lists exactly the options of flink run', () => {
    const documented = [...section('run').matchAll(/^\| ((?:`[^`]+`(?:, )?)+) \|/gm)].map(([, names]) => names!.replaceAll('\\|', '|'));
    const actual = Object.entries(manifest.commands['run']!.flags).map(([name, { char, helpValue }]) => `${char === undefined ? '' : `\`-${char}\`, `}\`--${name}${helpValue === undefined ? '' : ` ${helpValue}`}\``);
    expect(documented.sort()).toEqual(actual.sort());
  });

  it('lists exactly the exit codes', () => {
    expect([...page.matchAll(/^\| (\d+) \|/gm)].map(([, code]) => Number(code))).toEqual(Object.values(EXIT).sort((a, b) => a - b));
  });

  it('shows results and errors as they are', async () => {
    const [result, error] = [...section('run').matchAll(/```json\n(.*?)```/gs)].map(([, text]) => JSON.parse(text!.replaceAll('[…]', '[]').replaceAll('…', '')) as Record<string, unknown>);
    expect(Object.keys(error!['error'] as object)).toEqual(Object.keys(errorJson({ code: 'USAGE', message: '', hint: '', place: undefined, location: undefined, exit: 2, because: [], stack: '' }).error));
    file('job.ts', `import { StreamExecutionEnvironment } from 'flink-ts';\nconst env = StreamExecutionEnvironment.getExecutionEnvironment();\nenv.fromElements(1).print();\nawait env.execute();`);
    const actual = JSON.parse((await flink(['run', '-q', '--json', 'job.ts'])).stderr) as Record<string, unknown>;
    expect(Object.keys(actual)).toEqual(Object.keys(result!));
    expect(Object.keys((actual['vertices'] as object[])[0]!)).toEqual(Object.keys((result!['vertices'] as object[])[0]!));
  });
});
