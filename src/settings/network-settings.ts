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
      'Web pages of these origins may use the service from a browser. An *origin* is the beginning of an address, such as `https://shop.example`. The service refuses requests from pages of other origins, except its own pages. Apps and servers are always allowed, because they send no header `Origin`. Unset: only pages of the service itself are allowed. See [network](network.md#origins).',
    range: 'origins, separated by commas',
  }),
  ALLOWED_HOSTS: list(isHost, 'a host name in small letters, without a port, or * alone', {
    description:
      'Clients may use these host names to reach the service. The service reads the name from the header `Host`, and refuses requests with other names. IP addresses and `localhost` are always allowed. Unset: only these are allowed. See [network](network.md#hosts).',
    range: 'host names, separated by commas; `*` allows any',
  }),
  TRUST_PROXY: z
    .string()
    .refine(isProxyTrust, 'a number of proxies, or addresses and networks')
    .optional()
    .meta({
      description:
        'Set it if a proxy stands in front of the service, because all connections then come from the address of the proxy. The service reads the address of each client from the header `X-Forwarded-For` that these proxies write. It reads from their header `X-Forwarded-Proto` whether the client used `https`. Unset: the service ignores both headers. See [network](network.md#proxies).',
      range:
        'the number of proxies; or their addresses, separated by commas: IP addresses, networks such as `10.0.0.0/8`, `loopback` (this machine) and `uniquelocal` (private networks)',
    } satisfies Meaning),
  RATE_PER_USER: whole(
    30_000,
    0,
    1_000_000_000,
    'All devices of one user together may use this many points per second, on average over a minute. With `0`, there is no limit. See [network](network.md#rates).',
  ),
  STORED_PER_USER: whole(
    20_000,
    0,
    1_000_000_000,
    'For all devices of one user together, the service stores at most this many bytes per second, on average over ten minutes. A slate with 10 items takes about 4,000 bytes, and an event about 600. With `0`, there is no limit. See [network](network.md#rates).',
  ),
  RATE_PER_KEY: whole(
    5_000_000,
    0,
    1_000_000_000,
    'This limit is for callers other than devices, such as your servers. All callers with the same key together may use this many points per second, on average over a minute. Callers with tokens share the limit if their tokens have the same field `sub`. With `0`, there is no limit.',
  ),
  RATE_PER_ADDRESS: whole(
    100_000,
    0,
    1_000_000_000,
    'All devices with the same IPv4 address, or in the same /64 network of IPv6, share this many points per second, on average over ten seconds. Callers without a valid token or key share them too. With `0`, there is no limit. See [network](network.md#rates).',
  ),
  ANSWER_KB: whole(
    4096,
    2048,
    65_536,
    'The answer to one operation, and each message of a subscription, has at most this many KiB. A larger one is refused with `ANSWER_TOO_LARGE`. See [network](network.md#sizes-of-answers).',
  ),
  DEVICE_ANSWER_KB: whole(2048, 64, 65_536, 'The same for devices: one answer to a device has at most this many KiB.'),
  UNREAD_MB_PER_ADDRESS: whole(
    32,
    0,
    65_536,
    'The large answers that clients with the same address have not read yet may have this many MiB together, in one process. The process then closes the connections that have left an answer unread for longest. With `0`, there is no limit. See [network](network.md#sizes-of-answers).',
  ),
  CONNECTIONS_PER_ADDRESS: whole(
    1200,
    0,
    1_000_000_000,
    'Clients with the same address may open this many WebSockets per minute. With `0`, there is no limit.',
  ),
  OPEN_CONNECTIONS_PER_ADDRESS: whole(
    4000,
    0,
    1_000_000,
    'Clients with the same address may have this many connections open in one process, HTTP and WebSocket together. The process closes further ones at once. It does not count connections from the same machine, and from proxies that `TRUST_PROXY` names. With `0`, there is no limit. See [network](network.md#connections).',
  ),
  SOCKETS_PER_USER: whole(
    20,
    0,
    1_000_000,
    'The devices of one user may have this many WebSockets open in one process, and as many streams of server-sent events. With `0`, there is no limit.',
  ),
  OPERATIONS_PER_SOCKET: whole(100, 1, 10_000, 'On one WebSocket, this many operations may run at the same time.'),
  MAX_CONNECTIONS: whole(
    16_000,
    1,
    1_000_000,
    'One process has at most this many connections open, HTTP and WebSocket together. It closes further ones at once. Keep the number at least 1,000 below the limit on open files (`ulimit -n`), so that the service can open its own files. See [network](network.md#connections).',
  ),
  INTROSPECTION: flag(
    'With `1`, clients may read the GraphQL schema, and error messages suggest names of the schema ("Did you mean …"). With `0`, your tools can read the schema from the file `schema.graphql`.',
  ),
  PERSISTED_OPERATIONS: text(
    'This file contains GraphQL operations and their SHA-256 hashes. The service runs only these operations and those of its own web pages, and refuses any other. Unset: the service runs any operation. See [network](network.md#persisted-operations).',
    'the path of a JSON file',
  ),
  COMPRESSION: flag(
    'With `1`, the service compresses HTTP answers of at least 1 KB, and messages of WebSockets and of streams, for clients that accept it. See [network](network.md#compression).',
    '1',
  ),
  COMPRESSION_MB: whole(
    64,
    0,
    65_536,
    'The service uses at most this many MiB of memory to compress WebSockets and streams of server-sent events. Each open WebSocket or stream takes 144 KiB. When the memory is used up, the service does not compress further ones.',
  ),
})

export type NetworkSettings = Readonly<z.infer<typeof networkSettings>>

/** The settings that apply if the environment names none. */
export const NETWORK_DEFAULTS: NetworkSettings = networkSettings.parse({})
