import { describe, expect, it } from 'vitest';
import { type Elevation, helperArguments, helperCommand } from './helper-command.ts';

const socketPath = '/run/portside/capture-1000.sock';
const node = { execPath: '/usr/bin/node', isElectron: false };
const values = ['--uid', '1000', '--socket', socketPath];
const make = (path: string, elevation: Elevation, place: Parameters<typeof helperCommand>[0]['place']) =>
  helperCommand({ path, userId: 1000, socketPath, elevation, place }, () => 'loader');

describe('the command that starts the helper', () => {
  it('is the file itself for Node, and the loader too for a source', () => {
    expect(make('/p/helper.js', 'none', node)).toEqual(['/usr/bin/node', '/p/helper.js', ...values]);
    expect(make('/p/helper.js', 'sudo', node)).toEqual(['sudo', '--', '/usr/bin/node', '/p/helper.js', ...values]);
    expect(make('/p/helper.ts', 'none', node)).toEqual([
      '/usr/bin/node',
      '--import',
      'loader',
      '/p/helper.ts',
      ...values,
    ]);
  });

  it('asks an Electron of the development to run as Node, whose environment pkexec would drop', () => {
    expect(make('/p/helper.js', 'pkexec', { execPath: '/e/electron', isElectron: true })).toEqual([
      'pkexec',
      'env',
      'ELECTRON_RUN_AS_NODE=1',
      '/e/electron',
      '/p/helper.js',
      ...values,
    ]);
  });

  it('starts a packaged program, or the AppImage around it, as the helper', () => {
    const path = '/opt/Portside/resources/app.asar/out/main/fanotify-helper.js';
    const place = { execPath: '/opt/Portside/portside', isElectron: true };
    const words = ['--no-sandbox', '--no-zygote', '--capture-helper', ...values];
    expect(make(path, 'pkexec', place)).toEqual(['pkexec', '/opt/Portside/portside', ...words]);
    expect(make(path, 'pkexec', { ...place, appImage: '/home/ann/Portside.AppImage' })).toEqual([
      'pkexec',
      '/home/ann/Portside.AppImage',
      ...words,
    ]);
    expect(helperArguments(['/opt/Portside/portside', ...words])).toEqual(values);
    expect(helperArguments(['/usr/bin/node', '/p/helper.js', ...values])).toEqual(values);
  });
});
