/**
 * Required into the main process before the program: says on stdout, as JSON a line, when its first window came, painted and
 * showed what is looked for, with what was loaded and running when it was there.
 */
const fs = require('node:fs');
const { app } = require('electron');

const lookedFor = process.env.PORTSIDE_START_TEXT ?? '';

/** @param {string} name @param {number} atMs @param {object} [more] */
function mark(name, atMs, more = {}) {
  process.stdout.write(`\n@mark ${JSON.stringify({ name, atMs, ...more })}\n`);
}

/** Native modules of this process, by file name. */
function natives() {
  try {
    const maps = fs.readFileSync('/proc/self/maps', 'utf8');
    return [...new Set([...maps.matchAll(/\/([^/\n]+\.node)$/gm)].map(([, name]) => name))];
  } catch {
    return [];
  }
}

app.once('browser-window-created', (_event, window) => {
  mark('window', Date.now());
  const shown = () =>
    mark('shown', Date.now(), {
      natives: natives(),
      processes: app.getAppMetrics().map(({ name, type }) => name ?? type),
    });
  if (window.isVisible()) shown();
  else window.once('show', shown);
  window.webContents.once('dom-ready', () => {
    mark('page', Date.now());
    const look = `new Promise((resolve) => {
      const found = () => document.body.textContent.includes(${JSON.stringify(lookedFor)});
      const paint = () => performance.getEntriesByName('first-contentful-paint')[0];
      const end = () => requestAnimationFrame(() => resolve({
        paintMs: performance.timeOrigin + paint().startTime, numbersMs: Date.now() }));
      const watch = setInterval(() => {
        if (!paint() || !found()) return;
        clearInterval(watch);
        end();
      }, 5);
    })`;
    window.webContents.executeJavaScript(look).then(
      ({ paintMs, numbersMs }) => {
        mark('paint', paintMs);
        mark('numbers', numbersMs);
      },
      (error) => mark('failed', Date.now(), { error: String(error) }),
    );
  });
});
