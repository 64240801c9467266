import { expect, it } from 'vitest';
import { type JobListener, StreamExecutionEnvironment } from '../../src/index.js';
import { MiniCluster } from '../../src/testing/index.js';

/** Writes down what it hears. */
function listening(heard: string[]): JobListener {
  return {
    onJobSubmitted: (client, error) => void heard.push(`submitted ${client ? client.getJobID().length : String(error)}`),
    onJobExecuted: (result, error) => void heard.push(`executed ${result ? result.getJobName() : (error as Error).message.split('\n')[0]!}`),
  };
}

/** What listeners hear while a program runs. */
async function heardBy(program: (env: StreamExecutionEnvironment) => Promise<unknown>): Promise<string[]> {
  const heard: string[] = [];
  const cluster = new MiniCluster();
  try {
    await cluster.run(async (env) => {
      env.registerJobListener(listening(heard));
      await program(env);
    }).catch(() => {});
  } finally {
    await cluster.close();
  }
  return heard;
}

it('listeners hear of every job that was handed over, and how it ended', async () => {
  expect(await heardBy(async (env) => {
    for (const name of ['first', 'second']) {
      env.fromElements(1).discardingSink();
      await env.execute(name);
    }
  })).toEqual(['submitted 32', 'executed first', 'submitted 32', 'executed second']);
});

it('listeners hear with what error a job ended, and so does the program', async () => {
  let thrown: unknown;
  const heard = await heardBy(async (env) => {
    env.fromElements(1).map(() => {
      throw new Error('no');
    }).discardingSink();
    await env.execute().catch((error: unknown) => void (thrown = error));
  });
  expect(heard).toEqual(['submitted 32', expect.stringContaining('executed ')]);
  expect(heard[1]).toBe(`executed ${(thrown as Error).message.split('\n')[0]!}`);
});

it('listeners hear nothing of the end of a job that the program did not wait for', async () => {
  expect(await heardBy(async (env) => {
    env.fromElements(1).discardingSink();
    const client = await env.executeAsync('on its own');
    await client.getJobExecutionResult();
  })).toEqual(['submitted 32']);
});

it('listeners hear that a job could not be handed over', async () => {
  const heard: string[] = [];
  const cluster = new MiniCluster({ configuration: { 'execution.state-recovery.path': '/nowhere/at/all' } });
  await expect(cluster.run(async (env) => {
    env.registerJobListener(listening(heard));
    env.fromElements(1).discardingSink();
    await env.execute();
  })).rejects.toThrow();
  await cluster.close();
  expect(heard).toEqual([expect.stringContaining('submitted FlinkError')]);
});

it('listeners can be asked for and sent away', () => {
  const env = StreamExecutionEnvironment.getExecutionEnvironment();
  const listener = listening([]);
  env.registerJobListener(listener);
  expect(env.getJobListeners()).toEqual([listener]);
  env.clearJobListeners();
  expect(env.getJobListeners()).toEqual([]);
  expect(() => env.registerJobListener(null as never)).toThrow('JobListener');
});
