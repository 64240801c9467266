/**
 * A slot sharing group with what its slots are to have (Flink: `SlotSharingGroup`).
 *
 * Only the name counts: slots are places in threads of one process, which share its memory and its cores. Resources are
 * checked and kept, so that a program which names them runs.
 */
import { badArgument, nameArgument } from './arguments.js';

const MEGABYTE = 1024 * 1024;

export class SlotSharingGroup {
  /** Use `SlotSharingGroup.newBuilder`. */
  constructor(private readonly name: string, private readonly resources: Readonly<Record<string, number>>) {}

  static newBuilder(name: string): SlotSharingGroupBuilder {
    return new SlotSharingGroupBuilder(nameArgument('SlotSharingGroup.newBuilder', name, 'the name of a group'));
  }

  getName(): string {
    return this.name;
  }

  /** What was asked for, of no effect: `cpu` in cores, memory in bytes, external resources by name. */
  getResources(): Readonly<Record<string, number>> {
    return this.resources;
  }
}

export class SlotSharingGroupBuilder {
  private readonly resources: Record<string, number> = {};

  /** Use `SlotSharingGroup.newBuilder`. */
  constructor(private readonly name: string) {}

  setCpuCores(cores: number): this {
    return this.put('setCpuCores', 'cpu', cores);
  }

  setTaskHeapMemoryMB(megabytes: number): this {
    return this.put('setTaskHeapMemoryMB', 'taskHeapMemory', megabytes, MEGABYTE);
  }

  setTaskOffHeapMemoryMB(megabytes: number): this {
    return this.put('setTaskOffHeapMemoryMB', 'taskOffHeapMemory', megabytes, MEGABYTE);
  }

  setManagedMemoryMB(megabytes: number): this {
    return this.put('setManagedMemoryMB', 'managedMemory', megabytes, MEGABYTE);
  }

  setExternalResource(name: string, amount: number): this {
    return this.put('setExternalResource', nameArgument('setExternalResource', name), amount);
  }

  build(): SlotSharingGroup {
    return new SlotSharingGroup(this.name, { ...this.resources });
  }

  private put(call: string, resource: string, amount: number, unit = 1): this {
    if (typeof amount !== 'number' || !(amount >= 0) || !Number.isFinite(amount)) throw badArgument(call, 'an amount of at least 0', amount);
    this.resources[resource] = amount * unit;
    return this;
  }
}
