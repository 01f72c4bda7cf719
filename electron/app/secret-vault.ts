import { join } from 'node:path';
import type { SafeStorage } from 'electron';
import { z } from 'zod';
import type { SecretKeeper } from '../evidence/source-service.ts';
import { openSettings } from '../platform/settings.ts';

/** What encrypts with a key that the system keeps. */
export interface Cipher {
  /** Whether it really encrypts: some systems have no place for a key. */
  readonly isAvailable: boolean;
  encrypt(text: string): Buffer;
  /** Throws where the text was encrypted with another key. */
  decrypt(encrypted: Buffer): string;
}

/** Electron's encryption. On Linux without a keyring it "encrypts" with a key that everybody knows: that counts as none. */
export function toCipher(storage: SafeStorage, platform: NodeJS.Platform = process.platform): Cipher {
  const isPlain = () => platform === 'linux' && ['basic_text', 'unknown'].includes(storage.getSelectedStorageBackend());
  return {
    isAvailable: storage.isEncryptionAvailable() && !isPlain(),
    encrypt: (text) => storage.encryptString(text),
    decrypt: (encrypted) => storage.decryptString(encrypted),
  };
}

const vaultSchema = z.object({ secrets: z.record(z.string(), z.string()).default({}) });

/**
 * Keeps secrets encrypted in `secrets.json` in `folder`, or, where the cipher does not encrypt, in memory until the program
 * ends. A secret that cannot be read any more (another person's key, a moved folder) is as good as not kept.
 */
export async function openSecretVault(folder: string, cipher: Cipher): Promise<SecretKeeper> {
  if (!cipher.isAvailable) {
    const held = new Map<string, string>();
    return {
      keeps: 'memory',
      read: async (id) => held.get(id),
      write: async (id, secret) => {
        if (secret === undefined) held.delete(id);
        else held.set(id, secret);
      },
    };
  }
  const file = await openSettings(join(folder, 'secrets.json'), vaultSchema);
  return {
    keeps: 'encrypted',
    read: async (id) => {
      const encrypted = Object.hasOwn(file.value.secrets, id) ? file.value.secrets[id] : undefined;
      if (encrypted === undefined) return undefined;
      try {
        return cipher.decrypt(Buffer.from(encrypted, 'base64'));
      } catch {
        return undefined;
      }
    },
    write: async (id, secret) => {
      const { [id]: _before, ...others } = file.value.secrets;
      await file.set({
        secrets: secret === undefined ? others : { ...others, [id]: cipher.encrypt(secret).toString('base64') },
      });
    },
  };
}
