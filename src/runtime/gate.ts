/**
 * Whether a task may take more input.
 *
 * Invariant: `holds` counts everything that currently stops the task: outputs without room and operators waiting for
 * something asynchronous. Hot loops read the field directly after every record.
 */
import type { Gate } from '../operators/operator.js';

export class TaskGate implements Gate {
  holds = 0;

  constructor(private readonly opened: () => void) {}

  hold(): void {
    this.holds += 1;
  }

  release(): void {
    this.holds -= 1;
    if (this.holds === 0) this.opened();
  }
}
