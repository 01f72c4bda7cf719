import { execFile } from 'node:child_process';
import { rmSync } from 'node:fs';
import { appendFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { exportPackage } from './case-package.ts';
import { makeCaseTestSet, quietCall } from './case-test-set.ts';

const run = promisify(execFile);

/** An authority on this machine: a root, a certificate for time stamps, and what `openssl ts` wants to know of it. */
const authority = `
[req]
distinguished_name = name
prompt = no
[name]
CN = Stamps
[stamps]
extendedKeyUsage = critical,timeStamping
keyUsage = critical,digitalSignature
[tsa]
serial = serial
signer_digest = sha256
default_policy = 1.2.3.4.1
digests = sha256
ess_cert_id_alg = sha256
`;

describe('a time stamp of an authority (RFC 3161)', () => {
  it('is made and checked for the sums of a package as the documentation says, and fails for changed sums', async () => {
    const set = await makeCaseTestSet();
    try {
      const { id } = await set.store.open({ findingIds: ['f-1'] }, quietCall);
      await exportPackage(set, id, { path: join(set.folder, 'case.zip') }, quietCall);
      const tool = (name: string, line: string) => run(name, line.split(' '), { cwd: set.folder });
      await writeFile(join(set.folder, 'tsa.cnf'), authority);
      await writeFile(join(set.folder, 'serial'), '01\n');
      await tool('openssl', 'req -x509 -newkey rsa:2048 -nodes -keyout root.key -out root.pem -subj /CN=Root -days 2');
      await tool('openssl', 'req -newkey rsa:2048 -nodes -keyout tsa.key -out tsa.csr -config tsa.cnf');
      await tool(
        'openssl',
        'x509 -req -in tsa.csr -CA root.pem -CAkey root.key -CAcreateserial -extfile tsa.cnf -extensions stamps -out tsa.pem -days 2',
      );
      await tool('unzip', '-q case.zip SHA256SUMS');

      await tool('openssl', 'ts -query -data SHA256SUMS -sha256 -cert -out SHA256SUMS.tsq');
      await tool(
        'openssl',
        'ts -reply -config tsa.cnf -section tsa -queryfile SHA256SUMS.tsq -signer tsa.pem -inkey tsa.key -out SHA256SUMS.tsr',
      );
      const check = () => tool('openssl', 'ts -verify -data SHA256SUMS -in SHA256SUMS.tsr -CAfile root.pem');
      const checked = await check();
      expect(`${checked.stdout}${checked.stderr}`).toContain('Verification: OK');
      await appendFile(join(set.folder, 'SHA256SUMS'), 'x');
      await expect(check()).rejects.toMatchObject({ stderr: expect.stringContaining('imprint mismatch') });
    } finally {
      rmSync(set.folder, { recursive: true, force: true });
    }
  });
});
