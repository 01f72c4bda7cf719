import {
  createHash,
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  type KeyObject,
  sign,
  verify,
} from 'node:crypto';
import { chmod, mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fail, messageOf } from '../../shared/base/failure.ts';
import { writeFileAtomic } from '../platform/atomic-file.ts';
import { takeLock } from './file-lock.ts';

/** The Ed25519 key that signs what leaves this workstation. It says "unchanged since signed here", never who signed. */
export interface WorkstationKey {
  /** Public key as PEM (SubjectPublicKeyInfo), as `openssl` reads it. */
  readonly publicPem: string;
  /** Fingerprint as `ssh-keygen -l` prints it: what is compared out of band. */
  readonly fingerprint: string;
  /** A line of ssh's allowed-signers file. */
  readonly allowedSigners: string;
  /** The raw 64-byte signature of the bytes. */
  sign(bytes: Uint8Array): Uint8Array;
  /** The same as an armoured ssh signature (`ssh-keygen -Y verify`). */
  sshSign(bytes: Uint8Array): string;
}

/** Who ssh takes the signer to be, and what for. */
export const sshIdentity = 'portside';
export const sshNamespace = 'portside-case';

const keyName = 'workstation-key.pem';

/** Loads the key kept in `folder`, or makes it on first use. Only the person's own account can read the file. */
export async function loadWorkstationKey(folder: string): Promise<WorkstationKey> {
  const path = join(folder, keyName);
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const existing = await readIfThere(path);
  if (existing !== undefined) return toKey(existing, path);
  // Two processes that start at once must not each make a key.
  const lock = await takeLock(`${path}.lock`, 'The key of this workstation');
  try {
    const made = await readIfThere(path);
    if (made !== undefined) return toKey(made, path);
    const { privateKey } = generateKeyPairSync('ed25519');
    const pem = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
    await writeFileAtomic(path, pem);
    await chmod(path, 0o600);
    return toKey(pem, path);
  } finally {
    await lock.release();
  }
}

async function readIfThere(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw fail('workspace-unwritable', `The key ${path} cannot be read: ${messageOf(error)}`, undefined, error);
  }
}

function toKey(pem: string, path: string): WorkstationKey {
  let key: KeyObject;
  try {
    key = createPrivateKey(pem);
  } catch (error) {
    throw fail(
      'bad-input',
      `The key ${path} cannot be read: ${messageOf(error)}`,
      'Restore it from a copy, or move it away to have a new one made.',
      error,
    );
  }
  if (key.asymmetricKeyType !== 'ed25519') throw fail('bad-input', `The key ${path} is no Ed25519 key.`);
  return makeWorkstationKey(key);
}

/** Wraps an Ed25519 private key. */
export function makeWorkstationKey(privateKey: KeyObject): WorkstationKey {
  const publicPem = createPublicKey(privateKey).export({ type: 'spki', format: 'pem' }).toString();
  const blob = sshPublicBlob(publicPem);
  return {
    publicPem,
    fingerprint: fingerprintOf(publicPem),
    allowedSigners: `${sshIdentity} namespaces="${sshNamespace}" ssh-ed25519 ${blob.toString('base64')}\n`,
    sign: (bytes) => new Uint8Array(sign(null, bytes, privateKey)),
    sshSign: (bytes) => sshArmour(publicPem, sign(null, sshSignedPart(bytes), privateKey)),
  };
}

/** Whether an armoured ssh signature is this key's over these bytes, in exactly the form that `sshSign` writes. */
export function sshSignatureFits(bytes: Uint8Array, armoured: string, publicPem: string): boolean {
  const blob = Buffer.from(armoured.replace(/-----(?:BEGIN|END) SSH SIGNATURE-----/g, ''), 'base64');
  const signature = blob.subarray(-64);
  return (
    signature.length === 64 &&
    armoured === sshArmour(publicPem, signature) &&
    verify(null, sshSignedPart(bytes), createPublicKey(publicPem), signature)
  );
}

/** What ssh signs: not the bytes but their hash, with the namespace that says what the signature is for. */
function sshSignedPart(bytes: Uint8Array): Buffer {
  const hash = createHash('sha512').update(bytes).digest();
  return Buffer.concat([Buffer.from('SSHSIG'), sshText(sshNamespace), sshText(''), sshText('sha512'), sshBytes(hash)]);
}

function sshArmour(publicPem: string, signature: Uint8Array): string {
  const whole = Buffer.concat([
    Buffer.from('SSHSIG'),
    Buffer.from([0, 0, 0, 1]),
    sshBytes(sshPublicBlob(publicPem)),
    sshText(sshNamespace),
    sshText(''),
    sshText('sha512'),
    sshBytes(Buffer.concat([sshText('ssh-ed25519'), sshBytes(signature)])),
  ]);
  const lines = whole.toString('base64').match(/.{1,70}/g) ?? [];
  return `-----BEGIN SSH SIGNATURE-----\n${lines.join('\n')}\n-----END SSH SIGNATURE-----\n`;
}

/** The fingerprint of a public key in PEM. Ends with `bad-input` for anything that is no Ed25519 key. */
export function fingerprintOf(publicPem: string): string {
  return `SHA256:${createHash('sha256').update(sshPublicBlob(publicPem)).digest('base64').replace(/=+$/, '')}`;
}

function sshPublicBlob(publicPem: string): Buffer {
  let key: KeyObject;
  try {
    key = createPublicKey(publicPem);
  } catch (error) {
    throw fail('bad-input', `The public key cannot be read: ${messageOf(error)}`, undefined, error);
  }
  if (key.asymmetricKeyType !== 'ed25519') throw fail('bad-input', 'The public key is no Ed25519 key.');
  // The raw key is the last 32 bytes of its SubjectPublicKeyInfo.
  const raw = key.export({ type: 'spki', format: 'der' }).subarray(-32);
  return Buffer.concat([sshText('ssh-ed25519'), sshBytes(raw)]);
}

function sshBytes(bytes: Uint8Array): Buffer {
  const length = Buffer.alloc(4);
  length.writeUInt32BE(bytes.length);
  return Buffer.concat([length, bytes]);
}

function sshText(text: string): Buffer {
  return sshBytes(Buffer.from(text));
}
