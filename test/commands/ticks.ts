/** A source of jobs that tests run: emits 0, 1, 2 … every 20 ms until it is cancelled. */
export const TICKS = `class Ticks {
  run(ctx) {
    return new Promise((resolve) => {
      let n = 0;
      const timer = setInterval(() => ctx.collect(n++), 20);
      this.stop = () => { clearInterval(timer); resolve(); };
    });
  }
  cancel() { this.stop?.(); }
}`;
