import net from 'node:net';

/** What happens to the bytes that come back from the server, from the given connection or answer on. */
export type Fault =
  | { readonly kind: 'none' }
  /** The connection is reset after so many bytes. */
  | { readonly kind: 'reset'; readonly afterBytes: number }
  /** The connection ends, in order, after so many bytes. */
  | { readonly kind: 'cut'; readonly afterBytes: number }
  /** Nothing comes any more after so many bytes, and nothing ends. */
  | { readonly kind: 'stall'; readonly afterBytes: number }
  /** One byte at a time, this far apart. */
  | { readonly kind: 'slow'; readonly everyMs: number }
  /** Instead of the server's answer this text is sent. */
  | { readonly kind: 'fake'; readonly answer: string };

export interface FaultProxy {
  readonly url: string;
  /** The fault of connections opened from now on. */
  set(fault: Fault): void;
  /** Connections that were opened so far. */
  readonly connections: number;
  /** Connections that the client has closed. */
  readonly closedByClient: number;
  close(): Promise<void>;
}

/** A TCP proxy in front of a server that breaks lines in chosen ways. Each proxy serves one test. */
export async function startFaultProxy(targetUrl: string): Promise<FaultProxy> {
  const target = new URL(targetUrl);
  let fault: Fault = { kind: 'none' };
  let connections = 0;
  let closedByClient = 0;
  const sockets = new Set<net.Socket>();

  const server = net.createServer((client) => {
    connections += 1;
    const now = fault;
    const upstream = net.connect(Number(target.port), target.hostname);
    for (const socket of [client, upstream]) {
      sockets.add(socket);
      socket.on('close', () => sockets.delete(socket));
      // Broken lines are what this is for.
      socket.on('error', () => undefined);
    }
    client.on('close', () => {
      closedByClient += 1;
      upstream.destroy();
    });
    if (now.kind === 'fake') {
      client.once('data', () => client.end(now.answer));
      return;
    }
    client.pipe(upstream);
    let sent = 0;
    upstream.on('end', () => client.end());
    upstream.on('data', (data: Buffer) => {
      if (now.kind === 'none') {
        client.write(data);
        return;
      }
      if (now.kind === 'slow') {
        upstream.pause();
        drip(client, data, now.everyMs, () => upstream.resume());
        return;
      }
      const part = data.subarray(0, Math.max(0, now.afterBytes - sent));
      sent += data.length;
      if (part.length > 0) client.write(part);
      if (sent <= now.afterBytes) return;
      if (now.kind === 'reset') client.resetAndDestroy();
      else if (now.kind === 'cut') client.end();
    });
  });

  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as net.AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    set(next) {
      fault = next;
    },
    get connections() {
      return connections;
    },
    get closedByClient() {
      return closedByClient;
    },
    async close() {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function drip(client: net.Socket, data: Buffer, everyMs: number, onEnd: () => void): void {
  let at = 0;
  const timer = setInterval(() => {
    if (client.destroyed || at >= data.length) {
      clearInterval(timer);
      onEnd();
      return;
    }
    client.write(data.subarray(at, at + 1));
    at += 1;
  }, everyMs);
}
