// A certificate authority of a test and a certificate for localhost, made by the openssl command.
import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const openssl = (...args) => execFileSync('openssl', args, { stdio: ['ignore', 'ignore', 'pipe'] });

/**
 * {caFile, key, cert} for DNS:localhost and IP:127.0.0.1; `names` replaces them.
 */
export function makeCertificates(directory, { names = 'DNS:localhost,IP:127.0.0.1' } = {}) {
  const path = (name) => join(directory, name);
  const newKey = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];
  openssl(
    'req',
    '-x509',
    ...newKey,
    '-days',
    '2',
    '-subj',
    '/CN=Test authority',
    '-addext',
    'basicConstraints=critical,CA:TRUE',
    '-keyout',
    path('ca.key'),
    '-out',
    path('ca.pem'),
  );
  openssl(
    'req',
    ...newKey,
    '-subj',
    '/CN=test',
    '-keyout',
    path('server.key'),
    '-out',
    path('server.csr'),
  );
  writeFileSync(path('extensions'), `subjectAltName=${names}\nextendedKeyUsage=serverAuth\n`);
  openssl(
    'x509',
    '-req',
    '-in',
    path('server.csr'),
    '-CA',
    path('ca.pem'),
    '-CAkey',
    path('ca.key'),
    '-CAcreateserial',
    '-days',
    '2',
    '-extfile',
    path('extensions'),
    '-out',
    path('server.pem'),
  );
  return {
    caFile: path('ca.pem'),
    key: readFileSync(path('server.key')),
    cert: readFileSync(path('server.pem')),
  };
}
