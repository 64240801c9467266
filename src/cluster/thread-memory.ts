/**
 * How the calling thread stands with memory.
 *
 * Invariant: collections of garbage count from the first call.
 */
import { getHeapStatistics } from 'node:v8';
import { garbageCollections } from './garbage-collections.js';
import type { ThreadMemory } from './messages.js';

export function threadMemory(): ThreadMemory {
  const { used_heap_size, total_heap_size, heap_size_limit, external_memory } = getHeapStatistics();
  return { heapUsed: used_heap_size, heapCommitted: total_heap_size, heapMax: heap_size_limit, external: external_memory, garbageCollectors: garbageCollections() };
}
