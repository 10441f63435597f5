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
      'Web pages of these origins may use the service from a browser. Pages of its own origin may always use it, and so may clients that send no header `Origin`. See [network](network.md#origins).',
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
        'Proxies in front of the service. From their header `X-Forwarded-For`, the service learns the address of a client, and from `X-Forwarded-Proto` whether the client used `https`. Unset: there are none, and the address of a client is that of its connection. See [network](network.md#proxies).',
      range: 'a number of proxies; or addresses, networks, `loopback`, `uniquelocal`, separated by commas',
    } satisfies Meaning),
  RATE_PER_USER: whole(
    50_000,
    0,
    1_000_000_000,
    '[Points](errors.md#limits-of-an-operation) that the devices of a user may use per second, on average over a minute. A slate costs about 4,200 points, an event 300. `0`: no limit. See [network](network.md#rates).',
  ),
  STORED_PER_USER: whole(
    20_000,
    0,
    1_000_000_000,
    'Bytes that the devices of a user may make the service store per second, on average over ten minutes. A slate with 10 items takes about 4,000 bytes. An event takes about 600 bytes, and its attributes take more. `0`: no limit. See [network](network.md#rates).',
  ),
  RATE_PER_KEY: whole(
    5_000_000,
    0,
    1_000_000_000,
    'Points per second, as for `RATE_PER_USER`, that all callers with the same key may use together. The same number holds for all callers whose tokens have the same claim `sub` and a role other than device.',
  ),
  RATE_PER_ADDRESS: whole(
    1_000_000,
    0,
    1_000_000_000,
    'Points per second, as for `RATE_PER_USER`, that all devices of one IPv4 address, or of one /64 network of IPv6, may use.',
  ),
  CONNECTIONS_PER_ADDRESS: whole(
    1200,
    0,
    1_000_000_000,
    'Number of WebSockets that one address may open per minute. `0`: no limit.',
  ),
  OPEN_CONNECTIONS_PER_ADDRESS: whole(
    4000,
    0,
    1_000_000,
    'Number of connections that one address may have open in one process, by HTTP and WebSocket together. The process closes further ones at once. It does not count connections of the same machine, and of proxies that `TRUST_PROXY` names. `0`: no limit. See [network](network.md#connections).',
  ),
  SOCKETS_PER_USER: whole(
    20,
    0,
    1_000_000,
    'Number of WebSockets that the devices of one user may have open in one process. They may have as many server-sent event streams open too. `0`: no limit.',
  ),
  OPERATIONS_PER_SOCKET: whole(100, 1, 10_000, 'Number of operations that may run at the same time on one WebSocket.'),
  MAX_CONNECTIONS: whole(
    16_000,
    1,
    1_000_000,
    'Number of connections that one process has open at most, by HTTP and WebSocket together. The process closes further ones at once. Keep the number at least 1,000 below the limit on open files (`ulimit -n`), so that the store can open its files. See [network](network.md#connections).',
  ),
  INTROSPECTION: flag(
    '`1`: let clients read the GraphQL schema, and suggest names of the schema in error messages ("Did you mean …"). `GRAPHIQL=1` does the same. Tools can read the schema from the file `schema.graphql`.',
  ),
  PERSISTED_OPERATIONS: text(
    'Path of a file with GraphQL documents and their SHA-256 hashes. The service runs only these documents, and refuses any other. Unset: the service runs any document. See [network](network.md#persisted-operations).',
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
    'Memory in MiB for the compression of open WebSockets and server-sent event streams. Each of them takes 144 KiB. When this memory is used up, the service does not compress new ones.',
  ),
})

export type NetworkSettings = Readonly<z.infer<typeof networkSettings>>

/** The settings that apply if the environment names none. */
export const NETWORK_DEFAULTS: NetworkSettings = networkSettings.parse({})
