import { describe, expect, it } from 'vitest';
import { knownPrograms } from './known-processes.ts';
import { catalogueLikenessOf } from './program-place.ts';

describe('Names like those of the catalogue', () => {
  it('are seen where letters look alike or one letter differs, though no host runs the original', () => {
    expect(catalogueLikenessOf('onedrlve.exe')?.figure).toBe('Looks like onedrive.exe');
    expect(catalogueLikenessOf('teracopi.exe')?.figure).toBe('One letter from teracopy.exe');
  });

  it('are none of the catalogue itself, nor other programs', () => {
    for (const { name } of knownPrograms) expect(catalogueLikenessOf(name.toLowerCase())).toBeUndefined();
    for (const name of ['labelmaker.exe', 'own-tool', '', 'setup-3.2.exe']) {
      expect(catalogueLikenessOf(name)).toBeUndefined();
    }
  });
});
