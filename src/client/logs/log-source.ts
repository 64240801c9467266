/**
 * A log, wherever it lies: behind a cluster's REST interface, or in a file of this machine.
 */
import { closeSync, openSync, readSync, statSync } from 'node:fs';
import * as z from 'zod/mini';
import { ClusterGone, type RestClient } from '../control/rest-client.js';

export interface LogSource {
  /** What it is called, or its path. */
  readonly name: string;
  /** In bytes; undefined when it, or its cluster, is not there any more. */
  size(): Promise<number | undefined>;
  /** What stands behind the first `from` bytes. */
  read(from: number): Promise<string>;
}

export const logList = z.object({ logs: z.array(z.object({ name: z.string(), size: z.number(), mtime: z.optional(z.number()) })) });

/** @param folder the path of the list of logs: `/jobmanager/logs`. */
export function clusterLog(cluster: RestClient, folder: string, name: string): LogSource {
  const path = `${folder}/${encodeURIComponent(name)}`;
  return {
    name,
    async size() {
      const answer = await cluster.ask({ method: 'GET', path: folder }, logList).catch((error: unknown) => {
        if (error instanceof ClusterGone) return undefined;
        throw error;
      });
      return answer?.logs.find((log) => log.name === name)?.size;
    },
    async read(from) {
      // A cluster of Apache Flink knows no `from`, and who is named may be one.
      if ('socket' in cluster.address) return (await cluster.text(`${path}?from=${from}`)) ?? '';
      return Buffer.from((await cluster.text(path)) ?? '').subarray(from).toString('utf8');
    },
  };
}

export function fileLog(path: string): LogSource {
  const size = (): number | undefined => statSync(path, { throwIfNoEntry: false })?.size;
  return {
    name: path,
    size: () => Promise.resolve(size()),
    read(from) {
      const bytes = Buffer.alloc(Math.max(0, (size() ?? 0) - from));
      const file = openSync(path, 'r');
      try {
        return Promise.resolve(bytes.toString('utf8', 0, readSync(file, bytes, 0, bytes.length, from)));
      } finally {
        closeSync(file);
      }
    },
  };
}
