/**
 * Runs the built command line the way a user does and waits for its end.
 */
import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';

export const repository = fileURLToPath(new URL('../..', import.meta.url));

export interface Run {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** `flink <args>` in the repository's folder; `input` is its standard input. */
export function flink(args: readonly string[], input = ''): Promise<Run> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, ['bin/run.js', ...args], { cwd: repository, stdio: 'pipe', env: { ...process.env, NO_COLOR: '1' } });
    let stdout = '';
    let stderr = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text));
    child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
    child.stdin.on('error', () => {}).end(input);
    child.on('error', reject).on('close', (code) => resolve({ code, stdout, stderr }));
  });
}

/** The lines of a run that must have succeeded; on failure the error shows what it said. */
export async function linesOf(run: Promise<Run>): Promise<string[]> {
  const { code, stdout, stderr } = await run;
  if (code !== 0) throw new Error(`exit code ${code}\n${stderr}`);
  return stdout.split('\n').filter((line) => line !== '');
}

/** Printed lines without the `3> ` that says which subtask printed them. */
export function withoutSubtask(lines: readonly string[]): string[] {
  return lines.map((line) => line.replace(/^\d+> /, ''));
}
