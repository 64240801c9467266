/**
 * How the calling thread stands with memory.
 */
import { getHeapStatistics } from 'node:v8';
import type { ThreadMemory } from './messages.js';

export function threadMemory(): ThreadMemory {
  const { used_heap_size, total_heap_size, heap_size_limit, external_memory } = getHeapStatistics();
  return { heapUsed: used_heap_size, heapCommitted: total_heap_size, heapMax: heap_size_limit, external: external_memory };
}
