import { z } from 'zod'
import { flag, list, type Meaning, text, whole } from './setting-kinds.ts'
import { parseProxyTrust } from './trusted-proxies.ts'

/** Each origin is listed: a pattern such as `https://*.shop.example` would match none. */
const isOrigin = (text: string) =>
  /^https?:/.test(text) && !text.includes('*') && URL.canParse(text) && new URL(text).origin === text
const isHost = (text: string) =>
  text === '*' || (!/[*]|^[.]/.test(text) && URL.canParse(`http://${text}`) && new URL(`http://${text}`).hostname === text)

function isProxyTrust(text: string): boolean {
  try {
    parseProxyTrust(text)
    return true
  } catch {
    return false
  }
}

/** Settings of the server's network side: which requests it takes, and how it answers. Part of all settings (`config.ts`). */
export const networkSettings = z.object({
  ALLOWED_ORIGINS: list(isOrigin, 'an origin such as https://shop.example, without a path or *', {
    description:
      'Web pages of these origins may use the service from a browser. Pages of its own origin always may, and clients that send no `Origin`. See [network](network.md#origins).',
    range: 'origins, separated by commas',
  }),
  ALLOWED_HOSTS: list(isHost, 'a host name in small letters, without a port, or * alone', {
    description:
      'Names by which clients reach the service, as in the `Host` header. Addresses and `localhost` are always allowed. See [network](network.md#hosts).',
    range: 'host names, separated by commas; `*` allows any',
  }),
  TRUST_PROXY: z
    .string()
    .refine(isProxyTrust, 'a number of proxies, or addresses and networks')
    .optional()
    .meta({
      description:
        'Proxies whose `X-Forwarded-For` and `X-Forwarded-Proto` are believed. Unset: none; the address of a client is that of its connection. See [network](network.md#proxies).',
      range: 'a number of proxies; or addresses, networks, `loopback`, `uniquelocal`, separated by commas',
    } satisfies Meaning),
  RATE_PER_USER: whole(
    50_000,
    0,
    1_000_000_000,
    'Points of complexity that a user may use per second, on average over a minute. A slate costs about 4,200, an event 300. `0`: no limit. See [network](network.md#rates).',
  ),
  RATE_PER_KEY: whole(
    5_000_000,
    0,
    1_000_000_000,
    'The same for each key, and for each `sub` of a token that is not of a device.',
  ),
  RATE_PER_ADDRESS: whole(1_000_000, 0, 1_000_000_000, 'The same for all devices of one address, or of one /64 network of IPv6.'),
  CONNECTIONS_PER_ADDRESS: whole(1200, 0, 1_000_000_000, 'WebSockets that one address may open per minute. `0`: no limit.'),
  SOCKETS_PER_USER: whole(
    20,
    0,
    1_000_000,
    'WebSockets that the devices of one user may have open in one process, and as many event streams. `0`: no limit.',
  ),
  OPERATIONS_PER_SOCKET: whole(100, 1, 10_000, 'Operations that may run at the same time on one WebSocket.'),
  MAX_CONNECTIONS: whole(
    16_000,
    1,
    1_000_000,
    'Connections of all clients that one process has open, of HTTP and WebSocket. Further ones are closed at once. Keep it at least 1,000 below the limit on open files (`ulimit -n`), so that the store can open its files. See [network](network.md#connections).',
  ),
  INTROSPECTION: flag(
    '`1`: let clients read the schema, and suggest names in errors ("Did you mean …"). `GRAPHIQL=1` does the same. Tools find the schema in `schema.graphql`.',
  ),
  PERSISTED_OPERATIONS: text(
    'File of the documents that clients may send, by their SHA-256. Any other is refused. Unset: any document is run. See [network](network.md#persisted-operations).',
    'a JSON file',
  ),
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
