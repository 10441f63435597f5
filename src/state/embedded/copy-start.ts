import { type FileHandle, open } from 'node:fs/promises'

const CHUNK_BYTES = 2 ** 20

/** Copies this many bytes from the start of a file. @throws Error if it has fewer */
export async function copyStart(path: string, bytes: number, to: FileHandle): Promise<void> {
  const from = await open(path, 'r')
  try {
    const chunk = Buffer.allocUnsafe(Math.min(bytes, CHUNK_BYTES))
    for (let at = 0; at < bytes; ) {
      const { bytesRead } = await from.read(chunk, 0, Math.min(chunk.length, bytes - at), at)
      if (bytesRead === 0) throw new Error(`${path} has ${at} of the ${bytes} bytes that were synced`)
      await to.writeFile(chunk.subarray(0, bytesRead))
      at += bytesRead
    }
  } finally {
    await from.close()
  }
}
