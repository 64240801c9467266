/**
 * Stream events as frames. Watermarks are frequent and may be infinite, so they are a double; the others are JSON.
 */
import type { ByteViews } from '../../core/serialization/byte-views.js';
import type { StreamEvent } from './channel.js';
import { EVENT_FRAME, readTextFrame, textFrame, WATERMARK_FRAME } from './frame.js';
import type { Frame } from './frame.js';

export function eventFrame(event: StreamEvent): Frame {
  if (event.type !== 'watermark') return textFrame(EVENT_FRAME, JSON.stringify(event));
  const { timestamp } = event;
  return {
    type: WATERMARK_FRAME,
    length: 8,
    writeTo(target, at) {
      target.f64[at >> 3] = timestamp;
    },
  };
}

/** The event in a frame of type `WATERMARK_FRAME` or `EVENT_FRAME`. */
export function readEvent(type: number, views: ByteViews, at: number): StreamEvent {
  if (type === WATERMARK_FRAME) return { type: 'watermark', timestamp: views.f64[at >> 3]! };
  return JSON.parse(readTextFrame(views, at)) as StreamEvent;
}
