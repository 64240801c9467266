/**
 * What travels among records without being one, and must neither overtake results nor be overtaken: watermarks and
 * idle statuses.
 */
import type { Output } from '../output.js';

export type Marker = { readonly kind: 'watermark'; readonly timestamp: number } | { readonly kind: 'idle'; readonly idle: boolean };

/** Adds a marker behind others. A watermark makes the one directly before it superfluous. */
export function addMarker(markers: Marker[], marker: Marker): void {
  if (marker.kind === 'watermark' && markers.at(-1)?.kind === 'watermark') markers.pop();
  markers.push(marker);
}

export function emitMarker(marker: Marker, output: Output<never>): void {
  if (marker.kind === 'watermark') output.watermark(marker.timestamp);
  else output.idle(marker.idle);
}
