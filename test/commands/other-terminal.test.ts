/** Commands that speak to a job which runs in another terminal. */
import { describe, expect, it } from 'vitest';
import { ended, type Run, workspace } from './flink.js';
import { TICKS } from './ticks.js';

const { file, flink, start, leftovers } = workspace();

/** Emits a number every 20 ms until it is cancelled. */
const endless = (name: string): string => `import { StreamExecutionEnvironment } from 'flink-ts';
const env = StreamExecutionEnvironment.getExecutionEnvironment();
${TICKS}
env.addSource(new Ticks()).print();
await env.execute(${JSON.stringify(name)});
`;

interface Listed {
  readonly jid: string;
  readonly name: string;
  readonly state: string;
}

async function listed(): Promise<Listed[]> {
  return JSON.parse((await flink(['list', '--json'])).stdout) as Listed[];
}

async function appeared(name: string): Promise<Listed> {
  for (;;) {
    const found = (await listed()).find((job) => job.name === name && job.state === 'RUNNING');
    if (found) return found;
  }
}

/** The body is to end the job. */
async function whileRunning(name: string, body: (job: Listed) => Promise<void>): Promise<Run> {
  const child = start(['run', file(`${name.replaceAll(' ', '-')}.ts`, endless(name))]);
  const run = ended(child);
  try {
    await body(await appeared(name));
  } catch (error) {
    child.kill('SIGKILL');
    throw error;
  }
  return run;
}

describe('a job in another terminal', () => {
  it('is listed as Flink lists it, and cancelled by its name', async () => {
    const run = await whileRunning('Ticks by name', async ({ jid }) => {
      const { stdout, stderr } = await flink(['list']);
      expect(stderr).toBe('Waiting for response...\n');
      expect(stdout).toMatch(new RegExp(`^-{18} Running/Restarting Jobs -{19}\n\\d\\d\\.\\d\\d\\.\\d{4} \\d\\d:\\d\\d:\\d\\d : ${jid} : Ticks by name \\(RUNNING\\)\n-{62}\nNo scheduled jobs\\.\n$`));
      expect(await flink(['cancel', 'Ticks by name'])).toEqual({ code: 0, stdout: '', stderr: `Cancelling job ${jid}.\nCancelled job ${jid}.\n` });
    });
    expect(run.code).toBe(130);
    expect(run.stderr).toContain('has been cancelled.');
    expect(await listed()).toEqual([]);
    expect(leftovers()).toEqual([]);
  });

  it('is found by the beginning of its id, when that is long enough and means one job', async () => {
    await whileRunning('Ticks by id', async ({ jid }) => {
      expect((await flink(['cancel', jid.slice(0, 2)])).stderr).toMatch(/is too short for a job id\n {2}hint {5}Give at least 4 digits/);
      const { code, stdout } = await flink(['cancel', '--json', jid.slice(0, 6)]);
      expect([code, JSON.parse(stdout)]).toEqual([0, { jobId: jid }]);
    });
  });

  it('that is not there is told with what is', async () => {
    const none = await flink(['cancel', 'abcdef']);
    expect(none.code).toBe(2);
    expect(none.stderr).toContain('Error [JOB_UNKNOWN] there is no job abcdef: no job runs on this machine under your user');
    await whileRunning('The only one', async ({ jid }) => {
      expect((await flink(['cancel', 'The only on'])).stderr).toContain('Did you mean');
      expect((await flink(['cancel', '0000'])).stderr).toContain(`These run: ${jid} (The only one).`);
      await flink(['cancel', jid]);
    });
  });

  it('cannot be cancelled without saying which', async () => {
    expect((await flink(['cancel'])).stderr).toBe('Error [USAGE] Missing JobID. Specify a JobID to cancel a job.\n  hint     `flink list` shows the ids.\n');
  });
});
