import { execFileSync, spawnSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'

/** Whether certificates can be made here. */
export const opensslAvailable = spawnSync('openssl', ['version']).status === 0

if (!opensslAvailable) console.warn('Tests over TLS are skipped, since openssl does not run here.')

/** Paths of PEM files. */
export interface Certificate {
  readonly cert: string
  readonly key: string
}

/** An authority of its own, with a certificate that it signed, in a folder. */
export class Authority {
  readonly ca: string
  readonly #folder: string
  readonly #key: string

  constructor(folder: string, name: string) {
    this.#folder = folder
    this.ca = join(folder, `${name}.crt`)
    this.#key = join(folder, `${name}.key`)
    openssl(
      'req',
      '-x509',
      '-newkey',
      'ec',
      ...CURVE,
      '-nodes',
      '-keyout',
      this.#key,
      '-out',
      this.ca,
      '-days',
      '2',
      '-subj',
      `/CN=${name}`,
    )
  }

  /** @param names such as `DNS:localhost,IP:127.0.0.1` */
  issue(name: string, names = 'DNS:localhost,IP:127.0.0.1', days = 2): Certificate {
    const path = (ending: string) => join(this.#folder, `${name}.${ending}`)
    const [cert, key, request, extensions] = ['crt', 'key', 'csr', 'ext'].map(path)
    writeFileSync(extensions, `subjectAltName=${names}\n`)
    openssl('req', '-newkey', 'ec', ...CURVE, '-nodes', '-keyout', key, '-out', request, '-subj', `/CN=${name}`)
    const signed = ['-CA', this.ca, '-CAkey', this.#key, '-CAcreateserial', '-days', String(days), '-extfile', extensions]
    openssl('x509', '-req', '-in', request, '-out', cert, ...signed)
    return { cert, key }
  }
}

const CURVE = ['-pkeyopt', 'ec_paramgen_curve:prime256v1']

function openssl(...args: string[]): void {
  execFileSync('openssl', args, { stdio: 'pipe' })
}
