/** The examples in packaging/: what they start, ask and stop is what the command line does. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { ended, workspace } from '../commands/flink.js';

const { file, flink, path, start } = workspace();
const example = (name: string): string => readFileSync(new URL(`../../packaging/${name}`, import.meta.url), 'utf8');
const dockerfile = example('docker/Dockerfile');
/** The words of an instruction in its JSON form. */
const words = (instruction: RegExp): string[] => JSON.parse(instruction.exec(dockerfile)![1]!) as string[];

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

describe('the container', () => {
  it('starts a cluster that its health check finds, goes on with its jobs when it is replaced, and ends on SIGTERM', async () => {
    const port = await freePort();
    file('conf/config.yaml', `${example('docker/config.yaml').replaceAll('/var/lib/flink', path)}\nrest.port: ${port}\n`);
    file('endless.ts', `import { DataGeneratorSource, StreamExecutionEnvironment, WatermarkStrategy } from 'flink-ts';
const env = StreamExecutionEnvironment.getExecutionEnvironment();
env.fromSource(new DataGeneratorSource((n) => n, 1e9, 100), WatermarkStrategy.noWatermarks(), 'Numbers').filter(() => false).print();
await env.execute('Endless');
`);
    const environment = { FLINK_CONF_DIR: join(path, 'conf'), FLINK_TS_HOME: join(path, 'home') };
    const [program, ...command] = words(/^CMD (\[.*\])$/m);
    expect(program).toBe('flink');
    const [, ...check] = words(/^HEALTHCHECK .*CMD (\[.*\])$/m);
    const healthy = async (): Promise<number> => {
      const [code] = (await once(spawn(process.execPath, check.map((word) => word.replace(':8081', `:${port}`)), { stdio: 'ignore' }), 'exit')) as [number];
      return code;
    };
    const states = async (): Promise<string[]> => JSON.parse((await flink(['list', '--json', '-a'], { environment })).stdout).map(({ name, state }: { name: string; state: string }) => `${name} ${state}`);
    const container = async (body: () => Promise<void>): Promise<void> => {
      const child = start(command, environment);
      const end = ended(child);
      try {
        while ((await healthy()) !== 0) expect(child.exitCode).toBeNull();
        await body();
      } finally {
        child.kill('SIGTERM');
      }
      expect(await end).toMatchObject({ code: 0 });
    };
    expect(await healthy()).toBe(1);
    await container(async () => {
      expect((await flink(['run', '-d', 'endless.ts'], { environment })).code).toBe(0);
      while (!(await states()).includes('Endless RUNNING')) await new Promise((resolve) => setTimeout(resolve, 50));
    });
    expect(await healthy()).toBe(1);
    await container(async () => {
      while (!(await states()).includes('Endless RUNNING')) await new Promise((resolve) => setTimeout(resolve, 50));
      expect((await flink(['cancel', 'Endless'], { environment })).code).toBe(0);
    });
  });
});

describe('the service', () => {
  it('starts what the container starts, from the folders that it is given', () => {
    const unit = example('systemd/flink-ts.service');
    expect(unit).toContain(`ExecStart=/usr/bin/env ${words(/^CMD (\[.*\])$/m).join(' ')}\n`);
    expect(unit).toMatch(/^Environment=FLINK_CONF_DIR=\/etc\/flink FLINK_TS_HOME=\/var\/lib\/flink /m);
    expect(unit).toMatch(/^StateDirectory=flink$/m);
  });
});
