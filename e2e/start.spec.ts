import { readdirSync, readFileSync, statSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { expect, inMain, test } from './portside-app.ts';

const root = resolve(import.meta.dirname, '..');
const built = join(root, 'out');

/** What a built file loads with it: the files, and the packages and built-in modules that it names. */
function loadedWith(file: string, files = new Set<string>(), packages = new Set<string>()) {
  if (files.has(file)) return { files, packages };
  files.add(file);
  for (const [, name = ''] of readFileSync(file, 'utf8').matchAll(/^(?:import|export)\b[^;]*?["']([^"']+)["'];$/gm)) {
    if (name.startsWith('.')) loadedWith(resolve(dirname(file), name), files, packages);
    else packages.add(name);
  }
  return { files, packages };
}

test('before the window nothing is loaded but a few small files of our own', () => {
  const { files, packages } = loadedWith(join(built, 'main', 'main.js'));
  const bytes = [...files].reduce((sum, file) => sum + statSync(file).size, 0);
  expect(bytes).toBeLessThan(60_000);
  expect([...packages].filter((name) => !name.startsWith('node:'))).toEqual(['electron']);
});

test('the page brings its frame and styles with it, and one script of bounded size', () => {
  const page = readFileSync(join(built, 'renderer', 'index.html'), 'utf8');
  const [script = ''] = [...page.matchAll(/<script [^>]*src="\.\/([^"]+)"/g)].map(([, name]) => name);
  const code = readFileSync(join(built, 'renderer', script), 'utf8');
  expect(page.includes('rel="stylesheet"')).toBe(false);
  expect(page.includes('Opening the workspace')).toBe(true);
  expect(page.length).toBeLessThan(120_000);
  // What the first view and the other views need, without the schemas and charts.
  expect(code.length).toBeLessThan(960_000);
  expect(['ZodError', 'recharts-surface'].filter((word) => code.includes(word))).toEqual([]);
});

test('every part of Mantine that is used has its styles', () => {
  const sources = readdirSync(join(root, 'renderer'), { recursive: true, encoding: 'utf8' })
    .filter((name) => /\.tsx?$/.test(name) && !/\.test\.tsx?$/.test(name))
    .map((name) => readFileSync(join(root, 'renderer', name), 'utf8'));
  const used = sources.flatMap((source) =>
    [...source.matchAll(/import \{([^}]*)\} from '@mantine\/core'/g)].flatMap(([, names = '']) => names.split(',')),
  );
  const styled = readFileSync(join(root, 'renderer', 'theme', 'mantine.css'), 'utf8');
  const missing = new Set(used.map((name) => name.trim()).filter((name) => name !== ''));
  for (const name of missing) if (styled.includes(`/${name}.layer.css`)) missing.delete(name);
  expect([...missing].sort()).toEqual(['MantineProvider', 'createTheme']);
});

test('the first frame has the colours of the theme', async ({ launch }) => {
  const { app } = await launch();
  const themes = await inMain(app, async ({ nativeTheme, session }) => {
    const seen: string[] = [];
    for (const theme of ['dark', 'light'] as const) {
      nativeTheme.themeSource = theme;
      const answer = await session.defaultSession.fetch('app://portside/');
      seen.push(/<html[^>]* data-theme="(\w+)"/.exec(await answer.text())?.[1] ?? '');
    }
    return seen;
  });
  expect(themes).toEqual(['dark', 'light']);
});
