import { Readable, Transform } from 'node:stream'
import { DiskError, type SimulatedDisk } from './simulated-disk.ts'

/** The functions of node:fs, node:fs/promises and node:zlib that the store uses, on the disk that is mounted. */
let mounted: SimulatedDisk | undefined

export function mount(disk: SimulatedDisk): void {
  mounted = disk
}

function disk(): SimulatedDisk {
  if (!mounted) throw new Error('no disk is mounted')
  return mounted
}

export const promises = {
  mkdir: async () => undefined,
  open: (path: string, flags = 'r') => disk().do('open', path, () => disk().create(path, flags)),
  rename: (from: string, to: string) => disk().do(`rename to ${to}`, from, () => disk().rename(from, to)),
  rm: (path: string) => disk().do('rm', path, () => disk().remove(path)),
  stat: (path: string) => disk().do('stat', path, () => disk().stat(path)),
  readdir: (path: string) =>
    disk().do('readdir', path, () => {
      const within = disk()
        .paths()
        .filter((name) => name.startsWith(`${path}/`))
      return [...new Set(within.map((name) => name.slice(path.length + 1).split('/')[0]))].sort()
    }),
  truncate: (path: string, length: number) => disk().do('truncate', path, () => disk().truncate(path, length)),
  writeFile: async (path: string, content: Uint8Array | string) => {
    const file = await promises.open(path, 'w')
    await file.writeFile(content)
    await file.close()
  },
}

export const fs = {
  existsSync: (path: string) => disk().exists(path),
  createReadStream: (path: string) => Readable.from(chunks(path)),
}

async function* chunks(path: string): AsyncGenerator<Buffer> {
  const file = await promises.open(path, 'r')
  for (let at = 0; ; ) {
    const chunk = Buffer.alloc(4096)
    const { bytesRead } = await file.read(chunk, 0, chunk.length, at)
    if (bytesRead === 0) return
    yield chunk.subarray(0, bytesRead)
    at += bytesRead
  }
}

/** Packs in this thread: others would finish when they like. */
function whole(convert: (bytes: Buffer) => Buffer): Transform {
  const taken: Buffer[] = []
  return new Transform({
    transform(chunk: Buffer | string, _, done) {
      taken.push(Buffer.from(chunk))
      done()
    },
    flush(done) {
      try {
        done(null, convert(Buffer.concat(taken)))
      } catch (error) {
        done(error instanceof Error ? error : new DiskError('EIO', 'packed'))
      }
    },
  })
}

/** @param actual the library itself */
export function zlibIn({ gzipSync, gunzipSync }: Pick<typeof import('node:zlib'), 'gzipSync' | 'gunzipSync'>) {
  return { createGzip: () => whole((bytes) => gzipSync(bytes)), createGunzip: () => whole((bytes) => gunzipSync(bytes)) }
}
