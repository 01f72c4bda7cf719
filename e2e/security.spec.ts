import { expect, inMain, test } from './portside-app.ts';

/** The points of Electron's security checklist, seen from inside the real window. */

test('the page is sandboxed and isolated, and reaches nothing but its bridge', async ({ launch }) => {
  const { app, window } = await launch();
  const inPage = await window.evaluate(() => ({
    globals: ['require', 'process', 'Buffer', 'module', 'global', 'electron', 'ipcRenderer'].filter(
      (name) => name in globalThis,
    ),
    bridge: Object.keys((globalThis as unknown as { portside: object }).portside).sort(),
    isIsolated: globalThis.isSecureContext && globalThis.crossOriginIsolated,
    origin: location.origin,
  }));
  expect(inPage).toEqual({
    globals: [],
    bridge: ['figures', 'onReply', 'send', 'takeDroppedFile'],
    isIsolated: true,
    origin: 'app://portside',
  });
  const preferences = await inMain(app, ({ webContents }) => {
    const contents = webContents.getAllWebContents().filter((one) => one.getType() === 'window');
    return contents.map((one) => (one as unknown as { getLastWebPreferences(): object }).getLastWebPreferences());
  });
  expect(preferences.length).toBeGreaterThan(0);
  for (const used of preferences) {
    expect(used).toMatchObject({
      sandbox: true,
      contextIsolation: true,
      nodeIntegration: false,
      webSecurity: true,
      webviewTag: false,
    });
    for (const risk of [
      'nodeIntegrationInWorker',
      'nodeIntegrationInSubFrames',
      'allowRunningInsecureContent',
      'experimentalFeatures',
    ]) {
      expect(used).not.toMatchObject({ [risk]: true });
    }
    expect(used).not.toHaveProperty('enableBlinkFeatures', expect.stringMatching(/./));
  }
});

test('every answer carries the content security policy, and only listed files are served', async ({ launch }) => {
  const { window } = await launch();
  const answers = await window.evaluate(async () => {
    const read = async (path: string) => {
      const answer = await fetch(path).catch(() => undefined);
      return answer ? { status: answer.status, csp: answer.headers.get('content-security-policy') ?? '' } : undefined;
    };
    const script = document.querySelector('script[src]')?.getAttribute('src') ?? '';
    return {
      page: await read('/'),
      script: await read(script),
      outside: await Promise.all(
        [
          '/../package.json',
          '/%2e%2e/main/main.js',
          '/..%2fmain%2fmain.js',
          '/main.js%00',
          '/assets',
          '/etc/passwd',
        ].map(read),
      ),
      otherHost: await read('app://elsewhere/'),
    };
  });
  for (const answer of [answers.page, answers.script]) {
    expect(answer?.status).toBe(200);
    for (const part of ["default-src 'none'", "script-src 'self';", "base-uri 'none'", "form-action 'none'"]) {
      expect(answer?.csp).toContain(part);
    }
    expect(answer?.csp).not.toMatch(/unsafe-(inline|eval)/);
  }
  for (const answer of answers.outside) expect(answer?.status).toBe(404);
  expect(answers.otherHost?.status).not.toBe(200);
});

test('script that got into the page runs nothing, loads nothing and goes nowhere', async ({ launch }) => {
  const { app, window } = await launch();
  const before = window.url();
  const seen = await window.evaluate(async () => {
    const outcome: Record<string, unknown> = {};
    const flag = globalThis as unknown as { hit?: string };
    const inline = document.createElement('script');
    try {
      inline.text = 'globalThis.hit = "inline"';
      document.body.append(inline);
    } catch {
      outcome.inlineThrew = true;
    }
    try {
      const holder = document.createElement('div');
      holder.innerHTML = '<img src=x onerror="globalThis.hit = \'handler\'">';
      document.body.append(holder);
    } catch {
      outcome.innerHtmlThrew = true;
    }
    // In a task of its own: what the test itself evaluates is exempt from the policy.
    await new Promise<void>((resolve) => {
      setTimeout(() => {
        try {
          new Function('globalThis.hit = "eval"')();
        } catch {
          outcome.evalThrew = true;
        }
        resolve();
      });
    });
    const load = (url: string) =>
      fetch(url).then(
        () => 'loaded',
        () => 'refused',
      );
    outcome.remote = await load('https://example.com/');
    outcome.file = await load('file:///etc/passwd');
    outcome.opened = globalThis.open('https://example.com/') === null && globalThis.open('/') === null;
    location.href = 'https://example.com/';
    const form = document.createElement('form');
    form.action = 'https://example.com/';
    document.body.append(form);
    form.submit();
    await new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve)));
    outcome.hit = flag.hit;
    return outcome;
  });
  expect(seen).toEqual({
    inlineThrew: true,
    innerHtmlThrew: true,
    evalThrew: true,
    remote: 'refused',
    file: 'refused',
    opened: true,
  });
  expect(window.url()).toBe(before);
  expect(app.windows()).toHaveLength(1);
});

test('every permission is denied', async ({ launch }) => {
  const { window } = await launch();
  const states = await window.evaluate(async () => {
    const denied = (asked: Promise<unknown>) =>
      asked.then(
        () => 'granted',
        () => 'denied',
      );
    return {
      notifications: await Notification.requestPermission(),
      camera: await denied(navigator.mediaDevices.getUserMedia({ video: true })),
      screen: await denied(navigator.mediaDevices.getDisplayMedia({ video: true })),
      clipboard: await denied(navigator.clipboard.readText()),
      place: await new Promise((resolve) =>
        navigator.geolocation.getCurrentPosition(
          () => resolve('granted'),
          () => resolve('denied'),
        ),
      ),
    };
  });
  expect(states).toEqual({
    notifications: 'denied',
    camera: 'denied',
    screen: 'denied',
    clipboard: 'denied',
    place: 'denied',
  });
});

test('main answers the contract only: unknown names, bad inputs and made-up files are refused', async ({ launch }) => {
  const { window, app } = await launch();
  const answers = await window.evaluate(async () => {
    const bridge = (globalThis as unknown as { portside: import('../shared/ipc/window-bridge.ts').WindowBridge })
      .portside;
    const replies = new Map<number, (message: { kind: string; failure?: { code: string } }) => void>();
    bridge.onReply((message) => replies.get(message.id)?.(message as never));
    let id = 1_000_000;
    const ask = (name: string, input: unknown) =>
      new Promise<string>((resolve) => {
        id += 1;
        replies.set(id, ({ kind, failure }) => resolve(failure?.code ?? kind));
        bridge.send({ kind: 'start', id, name, input });
      });
    // Nonsense is dropped without an answer and without harm.
    for (const junk of [null, 7, 'x', {}, { kind: 'start' }, { kind: 'abort', id: {} }]) bridge.send(junk as never);
    return {
      unknown: await ask('files.read', { path: '/etc/passwd' }),
      inherited: await ask('__proto__', {}),
      enginesOwn: await ask('evidence.import', { path: '/etc/passwd' }),
      token: await ask('import.run', { tokens: ['/etc/passwd'] }),
      extra: await ask('workspace.read', { more: 1 }),
      madeUp: (await bridge.takeDroppedFile(new File(['x'], 'passwd'))) ?? 'none',
      noFile: (await bridge.takeDroppedFile({ path: '/etc/passwd' })) ?? 'none',
    };
  });
  expect(answers).toEqual({
    unknown: 'bad-input',
    inherited: 'bad-input',
    enginesOwn: 'bad-input',
    token: 'bad-input',
    extra: 'bad-input',
    madeUp: 'none',
    noFile: 'none',
  });
  expect(await inMain(app, ({ BrowserWindow }) => BrowserWindow.getAllWindows().length)).toBe(1);
});

test('a frame or page that is not ours is not answered', async ({ launch }) => {
  const { app } = await launch();
  const reply = await app.evaluate(async ({ app: electronApp, BrowserWindow, ipcMain }) => {
    const preload = `${electronApp.getAppPath()}/out/preload/preload.cjs`;
    const stranger = new BrowserWindow({ show: false, webPreferences: { preload, sandbox: true } });
    await stranger.loadURL('data:text/html,stranger');
    const arrived = new Promise((resolve) => ipcMain.once('portside:message', resolve));
    const answered = stranger.webContents.executeJavaScript(`new Promise((resolve) => {
      portside.onReply((message) => resolve(message.kind));
      portside.send({ kind: 'start', id: 1, name: 'workspace.read', input: {} });
      setTimeout(() => resolve('silence'), 1000);
    })`);
    await arrived;
    const result = await answered;
    stranger.destroy();
    return result;
  });
  expect(reply).toBe('silence');
});
