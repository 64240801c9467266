/** A picture that has the terminal to itself: how it begins, and that it leaves no trace. */
import { EventEmitter } from 'node:events';
import { describe, expect, it } from 'vitest';
import { FullScreen, type Keys } from '../../src/client/full-screen.js';
import type { Terminal } from '../../src/client/terminal.js';

function opened() {
  const done: string[] = [];
  const keyboard = Object.assign(new EventEmitter(), { isTTY: true, setRawMode: (raw: boolean) => done.push(`raw ${raw}`), resume: () => done.push('resume'), pause: () => done.push('pause') });
  const stream = { write: (text: string) => done.push(text) } as unknown as NodeJS.WriteStream;
  const terminal: Terminal = { live: true, colour: false, screens: [stream, stream], columns: () => 80, rows: () => 2, say: () => undefined, print: () => undefined, closed: () => false };
  return { done, keyboard, screen: FullScreen.open(terminal, keyboard as Keys)!, terminal };
}

const listeners = (): number => ['SIGINT', 'SIGTERM', 'SIGHUP', 'exit'].reduce((sum, event) => sum + process.listenerCount(event), 0);

describe('a full screen', () => {
  it('takes the terminal over and gives it back as it was, once', () => {
    const before = listeners();
    const { done, screen, keyboard } = opened();
    expect(done).toEqual(['raw true', 'resume', '\u001B[?1049h\u001B[?25l']);
    screen.close();
    screen.close();
    expect(done.slice(3)).toEqual(['raw false', 'pause', '\u001B[?25h\u001B[?1049l']);
    expect([listeners(), keyboard.listenerCount('data')]).toEqual([before, 0]);
  });

  it('draws over what was there, no more lines than there are rows, and nothing once it is closed', () => {
    const { done, screen } = opened();
    screen.draw('one\ntwo\nthree');
    expect(done.at(-1)).toBe('\u001B[Hone\u001B[K\r\ntwo\u001B[K\u001B[J');
    screen.close();
    const { length } = done;
    screen.draw('more');
    expect(done.length).toBe(length);
  });

  it.each([['q', true], ['\u0003', true], ['\u001B', true], ['\u001B[A', false], ['x', false]])('key %j ends it: %s', async (key, ends) => {
    const { screen, keyboard } = opened();
    keyboard.emit('data', Buffer.from(key));
    expect(screen.isLeft).toBe(ends);
    if (ends) await screen.left;
    screen.close();
  });

  it('ends with a signal, too', () => {
    const { screen } = opened();
    process.emit('SIGTERM');
    expect(screen.isLeft).toBe(true);
    screen.close();
  });

  it('is not there where standard output is no terminal', () => {
    const { terminal, screen } = opened();
    screen.close();
    expect(FullScreen.open({ ...terminal, screens: terminal.screens.slice(1) })).toBeUndefined();
  });
});
