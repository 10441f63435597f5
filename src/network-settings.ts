import { z } from 'zod'
import { flag, whole } from './setting-kinds.ts'

/** Settings of the server's network side: which requests it takes, and how it answers. Part of all settings (`config.ts`). */
export const networkSettings = z.object({
  COMPRESSION: flag(
    '`1`: compress answers of at least 1 KB, for clients that accept it: with Brotli or gzip over HTTP, with permessage-deflate on a WebSocket.',
    '1',
  ),
  COMPRESSION_MB: whole(
    64,
    0,
    65_536,
    'Memory in MiB for the compression of open WebSockets and event streams; each takes 144 KiB. Beyond it, new ones are served uncompressed.',
  ),
})

export type NetworkSettings = Readonly<z.infer<typeof networkSettings>>

/** The settings that apply if the environment names none. */
export const NETWORK_DEFAULTS: NetworkSettings = networkSettings.parse({})
