import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { type AddressInfo, connect, createServer } from 'node:net';
import { join } from 'node:path';
import { workbenchOperations } from '../shared/ipc/workbench-operations.ts';
import { expect, test } from './portside-app.ts';

/**
 * What an attacker with all of JavaScript in the page can do. Evaluated script is exempt from the page's policy for
 * script, so this is more than hostile evidence could ever run.
 */

/** Messages of the IPC test; they take about seven seconds. */
const messages = 100_000;

test('no way out of the page reaches a listener on this machine', async ({ launch }) => {
  const { app, window } = await launch();
  let arrivals: string[] = [];
  const tcp = createServer((socket) => {
    arrivals.push('tcp');
    socket.on('error', () => undefined);
    socket.destroy();
  });
  tcp.listen(0, '127.0.0.1');
  await once(tcp, 'listening');
  const udp = createSocket('udp4');
  udp.on('message', () => arrivals.push('udp'));
  udp.bind(0, '127.0.0.1');
  await once(udp, 'listening');
  const tcpPort = (tcp.address() as AddressInfo).port;
  const udpPort = udp.address().port;
  try {
    // The listeners hear what does arrive.
    const probe = connect(tcpPort, '127.0.0.1');
    probe.on('error', () => undefined);
    const sender = createSocket('udp4');
    sender.send('probe', udpPort, '127.0.0.1');
    await expect.poll(() => [...new Set(arrivals)].sort()).toEqual(['tcp', 'udp']);
    sender.close();
    probe.destroy();
    arrivals = [];

    const before = window.url();
    const ended = await window.evaluate(
      async ([http, datagrams]) => {
        const outcome: Record<string, string> = {};
        const at = (path: string) => `http://127.0.0.1:${http}/${path}`;
        const attempt = async (name: string, work: () => unknown) => {
          try {
            const limit = new Promise((resolve) => setTimeout(() => resolve('no answer'), 1_500));
            outcome[name] = String(await Promise.race([work(), limit]));
          } catch {
            outcome[name] = 'refused';
          }
        };
        const element = (tag: string, properties: Record<string, string>) =>
          new Promise((resolve) => {
            const made = document.createElement(tag);
            made.onload = () => resolve('loaded');
            made.onerror = () => resolve('refused');
            for (const [name, value] of Object.entries(properties)) made.setAttribute(name, value);
            document.head.append(made);
          });
        const socket = (made: EventTarget) =>
          new Promise((resolve) => {
            made.addEventListener('open', () => resolve('opened'));
            made.addEventListener('error', () => resolve('refused'));
          });
        const worker = (url: string) =>
          new Promise((resolve) => {
            const made = new Worker(url);
            made.onmessage = () => resolve('ran');
            made.onerror = () => resolve('refused');
          });
        const peer = async (urls: string) => {
          const connection = new RTCPeerConnection({ iceServers: [{ urls, username: 'u', credential: 'c' }] });
          connection.createDataChannel('out');
          await connection.setLocalDescription(await connection.createOffer());
          await new Promise((resolve) => setTimeout(resolve, 1_000));
          connection.close();
          return 'tried';
        };
        await Promise.all([
          attempt('fetch', () => fetch(at('fetch'), { mode: 'no-cors' }).then(() => 'loaded')),
          attempt('beacon', () => (navigator.sendBeacon(at('beacon'), 'x') ? 'tried' : 'refused')),
          attempt('webSocket', () => socket(new WebSocket(`ws://127.0.0.1:${http}/`))),
          attempt('eventSource', () => socket(new EventSource(at('events')))),
          attempt('image', () => element('img', { src: at('image') })),
          attempt('style', () => element('link', { rel: 'stylesheet', href: at('style') })),
          attempt('frame', () => element('iframe', { src: at('frame') })),
          attempt('object', () => element('object', { data: at('object') })),
          attempt('video', () => element('video', { src: at('video') })),
          attempt('dnsPrefetch', () => element('link', { rel: 'dns-prefetch', href: at('') })),
          attempt('preconnect', () => element('link', { rel: 'preconnect', href: at('') })),
          attempt('prefetch', () => element('link', { rel: 'prefetch', href: at('prefetch') })),
          attempt('preload', () => element('link', { rel: 'preload', as: 'image', href: at('preload') })),
          attempt('manifest', () => element('link', { rel: 'manifest', href: at('manifest') })),
          attempt('blobWorker', () => worker(URL.createObjectURL(new Blob(['postMessage(1)'])))),
          attempt('dataWorker', () => worker('data:text/javascript,postMessage(1)')),
          attempt('remoteWorker', () => worker(at('worker'))),
          attempt('serviceWorker', () => navigator.serviceWorker.register('/main.js').then(() => 'registered')),
          attempt('peerByUdp', () => peer(`stun:127.0.0.1:${datagrams}`)),
          attempt('peerByTcp', () => peer(`turn:127.0.0.1:${http}?transport=tcp`)),
          attempt('opened', () => (globalThis.open(at('open')) === null ? 'refused' : 'opened')),
        ]);
        const form = document.createElement('form');
        form.method = 'post';
        form.action = at('form');
        document.body.append(form);
        form.submit();
        const link = document.createElement('a');
        link.href = at('download');
        link.download = 'x';
        document.body.append(link);
        link.click();
        location.href = at('navigate');
        await new Promise((resolve) => setTimeout(resolve, 500));
        return outcome;
      },
      [tcpPort, udpPort] as const,
    );
    for (const [name, end] of Object.entries(ended)) {
      // A frame tells that it loaded where Chromium shows its own page of the refusal; the listener says the rest.
      if (name === 'frame') continue;
      expect(`${name}: ${end}`).not.toMatch(/: (?:loaded|opened|ran|registered)$/);
    }
    expect(Object.keys(ended)).toHaveLength(21);
    expect(arrivals).toEqual([]);
    expect(window.url()).toBe(before);
    expect(app.windows()).toHaveLength(1);
  } finally {
    tcp.close();
    udp.close();
  }
});

test('nonsense on the real line is answered with bad-input each time and changes nothing', async ({
  launch,
  places,
}) => {
  test.setTimeout(180_000);
  const { window } = await launch();
  await expect(window.locator('body')).not.toBeEmpty();
  const log = join(places.userData, 'logs', 'main.log');
  await expect
    .poll(() => (existsSync(log) ? readFileSync(log, 'utf8') : ''), { timeout: 60_000 })
    .toContain('"kind":"ready"');
  // The rules run by themselves meanwhile and write where they stand.
  const state = () =>
    readdirSync(places.workspace, { recursive: true })
      .map(String)
      .filter((path) => !path.startsWith('rules'))
      .sort();
  const before = state();
  const seen = await window.evaluate(
    async ([names, count]) => {
      const bridge = (globalThis as unknown as { portside: import('../shared/ipc/window-bridge.ts').WindowBridge })
        .portside;
      const waiting = new Map<number, (end: string) => void>();
      bridge.onReply((message) => {
        if (message.kind === 'item') return;
        waiting.get(message.id)?.(message.kind === 'failed' ? message.failure.code : 'done');
      });
      // Mulberry32: the same messages each time.
      let seed = 20_261_125;
      const random = () => {
        seed = (seed + 0x6d2b79f5) | 0;
        let mixed = Math.imul(seed ^ (seed >>> 15), 1 | seed);
        mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
        return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
      };
      const pick = <T>(list: readonly T[]): T => list[Math.floor(random() * list.length)] as T;
      const value = (depth: number): unknown => {
        const kind = Math.floor(random() * (depth > 2 ? 6 : 9));
        if (kind === 0) return pick([0, -1, 1e308, Number.NaN, 2 ** 53, -0, Number.POSITIVE_INFINITY]);
        if (kind === 1) return pick(['', '../../etc/passwd', '\u0000', '\ud800', "';--", 'x'.repeat(5_000), '\u202e']);
        if (kind === 2) return random() < 0.5;
        if (kind === 3) return null;
        if (kind === 4) return undefined;
        if (kind === 5) return new Uint8Array(8);
        if (kind === 6) return Array.from({ length: Math.floor(random() * 5) }, () => value(depth + 1));
        if (kind === 7) return new Map([[value(depth + 1), value(depth + 1)]]);
        return Object.fromEntries(
          ['id', 'tokens', 'path', '__proto__', 'constructor', 'filter', 'findingId']
            .filter(() => random() < 0.5)
            .map((key) => [key, value(depth + 1)]),
        );
      };
      // A key that no operation knows: no input is right by chance.
      const input = () => {
        const made = value(0);
        return typeof made === 'object' && made !== null && Object.getPrototypeOf(made) === Object.prototype
          ? { ...made, notOfTheContract: 1 }
          : pick([made, { notOfTheContract: made }]);
      };
      const ends: Record<string, number> = {};
      const accepted = new Set<string>();
      for (let sent = 0; sent < count; sent += 100) {
        const batch = Array.from({ length: Math.min(100, count - sent) }, (_unused, index) => {
          const id = 1_000_000 + sent + index;
          const name =
            random() < 0.9 ? pick(names) : pick(['', '__proto__', 'toString', 'files.read', 'x'.repeat(100)]);
          return new Promise<void>((resolve) => {
            waiting.set(id, (end) => {
              waiting.delete(id);
              ends[end] = (ends[end] ?? 0) + 1;
              if (end !== 'bad-input') accepted.add(name);
              resolve();
            });
            bridge.send({ kind: 'start', id, name, input: input() });
          });
        });
        await Promise.all(batch);
      }
      return { ends, accepted: [...accepted] };
    },
    [Object.keys(workbenchOperations), messages] as const,
  );
  expect(seen).toEqual({ ends: { 'bad-input': messages }, accepted: [] });
  expect(state()).toEqual(before);
  expect(readFileSync(log, 'utf8')).not.toContain('"level":"bug"');
});
