/**
 * The threads of TaskManagers that run in this process, by the names under which thread dumps and profiles ask for them.
 *
 * Invariant: of two threads of one name the newer one is meant: the older is on its way out.
 */
import type { Worker } from 'node:worker_threads';

export interface LiveThread {
  readonly worker: Pick<Worker, 'threadId'>;
  /** Where it says which task has its turn. */
  readonly turns: SharedArrayBuffer;
}

const threads = new Map<string, LiveThread>();

/** Under which name the thread of a TaskManager is found. */
export function threadName(taskManager: number): string {
  return `taskmanager-${taskManager}`;
}

/** Makes a thread known; returns the function that forgets it. */
export function registerThread(name: string, thread: LiveThread): () => void {
  threads.set(name, thread);
  return () => {
    if (threads.get(name) === thread) threads.delete(name);
  };
}

/** The thread of this name; undefined when there is none. */
export function threadNamed(name: string): LiveThread | undefined {
  return threads.get(name);
}
