import { describe, expect, it } from 'vitest';
import { isInUsualFolder, knownPrograms, recognise, windowsSystemNames } from './known-processes.ts';

const veeam = knownPrograms.find(
  (program) => program.category === 'backup' && program.publisherKind === 'signer' && program.folders.length > 0,
);

describe('recognise', () => {
  it('knows a program only by name, folder and publisher together', () => {
    const explorer = { process: 'EXPLORER.EXE', executable: 'C:\\Windows\\explorer.exe' };
    expect(recognise({ ...explorer, publisher: 'Microsoft Windows' }).kind).toBe('known');
    expect(recognise(explorer).kind).toBe('folder-agrees');
    expect(recognise({ ...explorer, publisher: 'Evil Ltd' }).kind).toBe('wrong-publisher');
    expect(recognise({ ...explorer, publisher: 'Microsoft Windows', publisherTrusted: false }).kind).toBe(
      'wrong-publisher',
    );
    expect(recognise({ ...explorer, executable: 'C:\\Temp\\explorer.exe', publisher: 'Microsoft Windows' }).kind).toBe(
      'wrong-folder',
    );
    expect(recognise({ process: 'explorer.exe' }).kind).toBe('name-only');
    expect(recognise({ process: 'no-such-program' }).kind).toBe('unlisted');
  });

  it('has backup programs with folder and publisher', () => {
    expect(veeam?.publishers.length).toBeGreaterThan(0);
  });
});

describe('the catalogue', () => {
  it('holds only Windows programs among the imitated names, and the usual ones', () => {
    for (const name of ['svchost.exe', 'rundll32.exe', 'explorer.exe', 'lsass.exe', 'csrss.exe'])
      expect(windowsSystemNames).toContain(name);
  });

  it('names every program of a platform once', () => {
    const keys = knownPrograms.map((program) => `${program.platform}:${program.name.toLowerCase()}`);
    expect(keys.length).toBe(new Set(keys).size);
  });
});

describe('isInUsualFolder', () => {
  it.each([
    ['C:\\Windows\\System32', 'C:\\Windows\\System32', true],
    ['c:\\WINDOWS\\system32', 'C:\\Windows\\System32', true],
    ['C:\\Windows\\System32\\drop', 'C:\\Windows\\System32', false],
    ['C:\\Program Files (x86)\\7-Zip', 'C:\\Program Files\\7-Zip', true],
    [
      'C:\\Program Files\\Microsoft\\Edge\\Application\\119.0',
      'C:\\Program Files (x86)\\Microsoft\\Edge\\Application',
      true,
    ],
    ['C:\\Users\\m.keller\\AppData\\Local\\Syncthing', 'C:\\Users\\*\\AppData\\Local\\Syncthing', true],
    ['C:\\Users\\AppData\\Local\\Syncthing', 'C:\\Users\\*\\AppData\\Local\\Syncthing', false],
    ['C:\\Program Files\\ATERA Networks\\AteraAgent', 'ATERA Networks\\AteraAgent', true],
    ['/usr/bin', '/usr/bin', true],
    ['/usr/bin/x', '/usr/bin', false],
    ['/opt/usr/bin', '/usr/bin', false],
    ['/USR/BIN', '/usr/bin', false],
  ])('%s in %s: %s', (folder, usual, expected) => {
    expect(isInUsualFolder(folder, usual)).toBe(expected);
  });
});
