/**
 * Whether a task may take more input.
 *
 * Invariant: `holds` counts everything that currently stops the task: outputs without room and operators waiting for
 * something asynchronous. Hot loops read the field directly after every record.
 */
import type { Gate } from '../operators/operator.js';

export class TaskGate implements Gate {
  holds = 0;
  private waiting: (() => void)[] = [];

  constructor(private readonly opened: () => void) {}

  hold(): void {
    this.holds += 1;
  }

  release(): void {
    this.holds -= 1;
    if (this.holds > 0) return;
    this.opened();
    const waiting = this.waiting;
    this.waiting = [];
    for (const resolve of waiting) resolve();
  }

  released(): Promise<void> {
    return this.holds === 0 ? Promise.resolve() : new Promise((resolve) => this.waiting.push(resolve));
  }
}
