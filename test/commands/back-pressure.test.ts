import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { ended, workspace } from './flink.js';

const { file, start } = workspace();

const RECORDS = 10_000_000;

/** The sink stands still now and then, so that the source could run far ahead if nothing stopped it. */
const SLOW_SINK = `import { StreamExecutionEnvironment } from 'flink-ts';
const env = StreamExecutionEnvironment.getExecutionEnvironment();
let written = 0;
env
  .fromSequence(1, ${RECORDS})
  .map((n) => ({ key: n % 1000, text: 'record number ' + n }))
  .rebalance()
  .addSink(() => {
    if (++written % 2000 !== 0) return;
    const until = performance.now() + 1;
    while (performance.now() < until);
  });
await env.execute('Slow sink');
`;

/** Resident memory of a process in megabytes; undefined when it has gone. */
function residentMb(pid: number): number | undefined {
  try {
    const line = /VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'));
    return line ? Number(line[1]) / 1024 : undefined;
  } catch {
    return undefined;
  }
}

interface VertexJson {
  readonly name: string;
  readonly recordsIn: number;
  readonly subtasks: readonly { readonly backPressuredMs: number }[];
}

describe('back pressure', () => {
  for (const parallelism of [1, 2]) {
    it(`lets a slow sink slow the source, with memory flat over ten million records in a heap of 128 MB, at parallelism ${parallelism}`, { timeout: 180_000 }, async () => {
      file('slow-sink.ts', SLOW_SINK);
      const child = start(['run', '-q', '--json', '-p', String(parallelism), '-D', 'taskmanager.memory.heap.size=128mb', 'slow-sink.ts']);
      const resident: number[] = [];
      const sampling = setInterval(() => resident.push(residentMb(child.pid!) ?? Number.NaN), 50);
      const { code, stderr } = await ended(child);
      clearInterval(sampling);
      expect(code, stderr).toBe(0);

      const { vertices } = JSON.parse(stderr.trim().split('\n').at(-1)!) as { vertices: VertexJson[] };
      const sink = vertices.find((vertex) => vertex.name.includes('Sink'))!;
      expect(sink.recordsIn).toBe(RECORDS);
      if (parallelism > 1) {
        const source = vertices.find((vertex) => vertex.name.startsWith('Source'))!;
        expect(source.subtasks.some((subtask) => subtask.backPressuredMs > 500)).toBe(true);
      }

      const seen = resident.filter((megabytes) => !Number.isNaN(megabytes));
      const middle = Math.max(...seen.slice(Math.floor(seen.length * 0.25), Math.floor(seen.length * 0.5)));
      const late = Math.max(...seen.slice(Math.floor(seen.length * 0.75)));
      expect(seen.length).toBeGreaterThan(20);
      expect(late).toBeLessThan(middle * 1.25 + 16);
      expect(Math.max(...seen)).toBeLessThan(400);
    });
  }
});
