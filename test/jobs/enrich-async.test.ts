/**
 * The job that looks users up: its output, against a service that is slow, fails and stays silent, and what is left of
 * its requests when it is stopped.
 */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, describe, expect, it } from 'vitest';
import { seededRandom } from '../../src/core/random.js';
import { ended, workspace } from '../commands/flink.js';
import { flink, linesOf, repository, withoutSubtask } from './flink.js';

const FOUND = [
  '1 Ada, London', '2 Kurt, Vienna', '3 Emmy, Erlangen', '4 Alan, Manchester', '5 Grace, New York', '6 Ada, London',
  '7 Kurt, Vienna', '8 Emmy, Erlangen', '9 Alan, Manchester', '10 Grace, New York', '11 Ada, London', '12 Kurt, Vienna',
];
const JOB = join(repository, 'jobs/enrich-async.ts');
const { start, leftovers } = workspace();

/** A service that answers as a test says, and counts. */
class UserService {
  /** Ids in the order in which they were asked for. */
  readonly asked: number[] = [];
  /** Ids whose asker left before the answer. */
  readonly abandoned: number[] = [];
  open = 0;
  mostOpen = 0;
  private readonly server: Server;

  constructor(answer: (id: number, attempt: number) => Promise<{ status?: number; name?: string } | undefined>) {
    this.server = createServer((request, response) => void this.serve(request, response, answer));
  }

  async listen(): Promise<string> {
    await new Promise<void>((resolve) => this.server.listen(0, '127.0.0.1', resolve));
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}/users`;
  }

  close(): void {
    this.server.close();
    this.server.closeAllConnections();
  }

  private async serve(request: IncomingMessage, response: ServerResponse, answer: (id: number, attempt: number) => Promise<{ status?: number; name?: string } | undefined>): Promise<void> {
    const id = Number(/^\/users\/(\d+)$/.exec(request.url ?? '')?.[1]);
    this.asked.push(id);
    this.open += 1;
    this.mostOpen = Math.max(this.mostOpen, this.open);
    let waiting = true;
    const settled = (): void => {
      if (waiting) this.open -= 1;
      waiting = false;
    };
    response.on('close', () => {
      settled();
      if (!response.writableFinished) this.abandoned.push(id);
    });
    const given = await answer(id, this.asked.filter((other) => other === id).length);
    // Before the answer leaves: who gets it asks the next question at once.
    settled();
    if (!given || response.destroyed) return;
    response.writeHead(given.status ?? 200, { 'content-type': 'application/json' }).end(JSON.stringify({ name: given.name, city: 'Web' }));
  }
}

describe('the job that looks users up', () => {
  let service: UserService | undefined;
  afterEach(() => service?.close());

  it('prints them in the order of their ids', async () => expect(await linesOf(flink(['run', JOB]))).toEqual(FOUND));

  it('prints the same users with three subtasks', async () => {
    expect(withoutSubtask(await linesOf(flink(['run', '-p', '3', JOB]))).sort()).toEqual([...FOUND].sort());
  });

  it('prints them as they are found when the order does not matter', async () => {
    const lines = await linesOf(flink(['run', JOB, '--unordered']));
    expect(lines).not.toEqual(FOUND);
    expect(lines.sort()).toEqual([...FOUND].sort());
  });

  it('asks a service for ten at a time, again where it fails, and does without an answer that does not come', async () => {
    const random = seededRandom(7);
    service = new UserService(async (id, attempt) => {
      await sleep(random.next() * 40);
      if (id === 4 && attempt === 1) return { status: 500 };
      return id === 9 ? undefined : { name: `user ${id}` };
    });
    const lines = await linesOf(flink(['run', JOB, '--users', '40', '--timeout', '600 ms', '--url', await service.listen()]));
    expect(lines).toEqual(Array.from({ length: 40 }, (_, at) => (at + 1 === 9 ? '9 no answer' : `${at + 1} user ${at + 1}, Web`)));
    expect(service.asked.filter((id) => id === 4)).toHaveLength(2);
    expect(service.mostOpen).toBeGreaterThan(5);
    expect(service.mostOpen).toBeLessThanOrEqual(10);
    expect(service.abandoned).toEqual([9]);
  });

  it('fails with operator, record and line when a service goes on failing', async () => {
    service = new UserService(async (id) => (id === 2 ? { status: 503 } : { name: `user ${id}` }));
    const url = await service.listen();
    const { code, stderr } = await flink(['run', '-q', JOB, '--url', url]);
    expect(code).toBe(1);
    expect(stderr).toContain(`Error [USER_FUNCTION] Error: ${url}/2 answered 503`);
    expect(stderr).toMatch(/in +operator "Look up" \(subtask 1 of 1\)\n +record +2\n +at +jobs\/enrich-async\.ts:\d+:\d+\n.*answered/);
    expect(service.asked.filter((id) => id === 2)).toHaveLength(4);
  });

  it('leaves nothing behind when it is stopped while requests are in flight', async () => {
    service = new UserService(() => new Promise(() => {}));
    const child = start(['run', JOB, '--timeout', '1 h', '--url', await service.listen()]);
    const end = ended(child);
    while (service.asked.length < 10) await sleep(10);
    child.kill('SIGINT');
    const { code, stderr } = await end;
    expect(code).toBe(130);
    expect(stderr).toMatch(/has been cancelled\.\n$/);
    expect(stderr).not.toMatch(/rejection|AbortError/i);
    while (service.open > 0) await sleep(10);
    expect(service.abandoned.sort((a, b) => a - b)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
    expect(leftovers()).toEqual([]);
  });
});
