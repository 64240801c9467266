/**
 * What travels among records without being one, and must neither overtake results nor be overtaken: watermarks and
 * idle statuses.
 */
import type { Output } from '../output.js';

export type Marker = { readonly kind: 'watermark'; readonly timestamp: number } | { readonly kind: 'idle'; readonly idle: boolean };

/** Adds a marker to what waits. A watermark makes the one directly before it superfluous. */
export function addMarker(waiting: { readonly kind: string }[], marker: Marker): void {
  if (marker.kind === 'watermark' && waiting.at(-1)?.kind === 'watermark') waiting.pop();
  waiting.push(marker);
}

export function emitMarker(marker: Marker, output: Output<never>): void {
  if (marker.kind === 'watermark') output.watermark(marker.timestamp);
  else output.idle(marker.idle);
}
