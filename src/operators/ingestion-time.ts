/**
 * Event time that begins at the source: each record gets the clock's time there, and watermarks follow the clock
 * (Flink: `TimeCharacteristic.IngestionTime`).
 */
import type { OperatorDefinition } from './operator.js';
import { timestampsOperator } from './timestamps.js';
import { WatermarkStrategy } from './watermark-strategy.js';

export function ingestionTimeOperator<T>(autoWatermarkIntervalMs: number): OperatorDefinition<T> {
  return {
    eventTime: { watermarks: false },
    instantiate(context) {
      const { clock } = context;
      const strategy = WatermarkStrategy.forGenerator<T>(() => ({ onEvent() {}, onPeriodicEmit: (output) => output.emitWatermark(clock.now() - 1) })).withTimestampAssigner(() => clock.now());
      return timestampsOperator(strategy, autoWatermarkIntervalMs).instantiate(context);
    },
  };
}
