import type { Page } from '@playwright/test';

/** What the page measured of itself between start and stop. All times in milliseconds. */
export interface FrameFigures {
  /** From one frame's beginning to the next, as the display asked for them. */
  readonly intervals: readonly number[];
  /** Work of the page's own thread in each frame: from its beginning to when everything was painted. */
  readonly works: readonly number[];
  /** From an input to the end of the frame that shows it. */
  readonly latencies: readonly number[];
  /** Tasks of the page's thread that took 50 ms or more. */
  readonly longTasks: readonly number[];
}

interface Probe {
  stop(): FrameFigures;
}

/** Starts measuring in the page. */
export async function startFrameProbe(page: Page): Promise<void> {
  // tsx wraps every named function in a call of its own, which the page does not have.
  await page.evaluate('globalThis.__name = (made) => made');
  await page.evaluate(() => {
    const intervals: number[] = [];
    const works: number[] = [];
    const latencies: number[] = [];
    const longTasks: number[] = [];
    const waiting: number[] = [];
    let isOn = true;
    let before = 0;
    // A message sent while a frame is made is heard once the frame is done.
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = ({ data }: MessageEvent<{ readonly began: number; readonly inputs: readonly number[] }>) => {
      const now = performance.now();
      works.push(now - data.began);
      for (const input of data.inputs) latencies.push(now - input);
    };
    const onFrame = (began: number) => {
      if (!isOn) return;
      if (before > 0) intervals.push(began - before);
      before = began;
      port2.postMessage({ began: performance.now(), inputs: waiting.splice(0) });
      requestAnimationFrame(onFrame);
    };
    const onInput = (event: Event) => waiting.push(event.timeStamp);
    const observer = new PerformanceObserver((list) => {
      for (const entry of list.getEntries()) longTasks.push(entry.duration);
    });
    observer.observe({ type: 'longtask' });
    for (const type of ['wheel', 'keydown', 'pointermove']) {
      window.addEventListener(type, onInput, { capture: true, passive: true });
    }
    requestAnimationFrame(onFrame);
    (globalThis as unknown as { portsideProbe: Probe }).portsideProbe = {
      stop() {
        isOn = false;
        observer.disconnect();
        for (const type of ['wheel', 'keydown', 'pointermove']) window.removeEventListener(type, onInput, true);
        return { intervals, works, latencies, longTasks };
      },
    };
  });
}

/** Ends the measuring. */
export function stopFrameProbe(page: Page): Promise<FrameFigures> {
  return page.evaluate(() => (globalThis as unknown as { portsideProbe: Probe }).portsideProbe.stop());
}
