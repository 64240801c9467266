/**
 * Tells metrics that are rates that time has passed, every five seconds (Flink: `ViewUpdater`).
 *
 * Invariant: nothing is scheduled where there is nobody to tell.
 */
import type { Clock, ScheduledCall } from '../core/clock.js';
import { VIEW_INTERVAL_SECONDS, type View } from '../operators/metric-group.js';

export class MetricViews {
  private readonly views = new Set<View>();
  private next: ScheduledCall | undefined;

  constructor(private readonly clock: Pick<Clock, 'schedule'>) {}

  /** Only what has an `update` is a view. */
  addIfView(metric: object): void {
    if (!('update' in metric) || typeof metric.update !== 'function') return;
    this.views.add(metric as View);
    this.next ??= this.soon();
  }

  delete(metric: object): void {
    this.views.delete(metric as View);
    if (this.views.size === 0) this.close();
  }

  close(): void {
    this.views.clear();
    this.next?.cancel();
    this.next = undefined;
  }

  private soon(): ScheduledCall {
    return this.clock.schedule(VIEW_INTERVAL_SECONDS * 1_000, () => {
      this.next = this.soon();
      for (const view of this.views) view.update();
    });
  }
}
