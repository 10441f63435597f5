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
      'Origins of web pages that may use the service from a browser, such as `https://shop.example`, beside its own pages. Apps and servers send no header `Origin`, and are always [allowed](network.md#origins).',
    range: 'origins, separated by commas',
  }),
  ALLOWED_HOSTS: list(isHost, 'a host name in small letters, without a port, or * alone', {
    description:
      '[Host names](network.md#hosts) (header `Host`) by which clients may reach the service, beside IP addresses and `localhost`.',
    range: 'host names, separated by commas; `*` allows any',
  }),
  TRUST_PROXY: z
    .string()
    .refine(isProxyTrust, 'a number of proxies, or addresses and networks')
    .optional()
    .meta({
      description:
        '[Proxies](network.md#proxies) in front of the service. It reads the address of each client from their header `X-Forwarded-For`, and the use of `https` from `X-Forwarded-Proto`. An address is an IP address, a network such as `10.0.0.0/8`, `loopback` (this machine) or `uniquelocal` (private networks). Unset: the service ignores both headers.',
      range: 'their number, or their addresses, separated by commas',
    } satisfies Meaning),
  RATE_PER_USER: whole(
    30_000,
    0,
    1_000_000_000,
    'Points per second of all devices of one user together, on average over a minute.',
  ),
  STORED_PER_USER: whole(
    20_000,
    0,
    1_000_000_000,
    'Bytes per second that the service stores for all devices of one user together, on average over ten minutes. A slate with 10 items takes about 4,000 bytes, and an event about 600.',
  ),
  RATE_PER_KEY: whole(
    5_000_000,
    0,
    1_000_000_000,
    'Points per second of all callers other than devices with the same key, such as your servers, on average over a minute. Callers with tokens share the limit if their tokens have the same field `sub`.',
  ),
  RATE_PER_ADDRESS: whole(
    100_000,
    0,
    1_000_000_000,
    'Points per second of all devices, and callers without a valid token or key, with the same address (IPv6: the same /64 network), on average over ten seconds.',
  ),
  ANSWER_KB: whole(
    4096,
    2048,
    65_536,
    'KiB of the answer to one operation, and of each message of a subscription. A larger one is refused with [`ANSWER_TOO_LARGE`](network.md#sizes-of-answers).',
  ),
  DEVICE_ANSWER_KB: whole(2048, 64, 65_536, 'The same for one answer to a device.'),
  UNREAD_MB_PER_ADDRESS: whole(
    32,
    0,
    65_536,
    'MiB that clients with the same address may hold in one process. They hold large answers until they have read them, large bodies and messages until they have sent them, and subscriptions until they end. Above, it closes the connections that have [held](network.md#memory-of-an-address) theirs for longest.',
  ),
  CONNECTIONS_PER_ADDRESS: whole(1200, 0, 1_000_000_000, 'WebSockets that clients with the same address may open per minute.'),
  OPEN_CONNECTIONS_PER_ADDRESS: whole(
    4000,
    0,
    1_000_000,
    'Open [connections](network.md#connections) of clients with the same address in one process, HTTP and WebSocket together. The process closes further ones at once. It does not count those from the same machine, and from proxies in `TRUST_PROXY`.',
  ),
  SOCKETS_PER_USER: whole(
    20,
    0,
    1_000_000,
    'Open WebSockets of the devices of one user in one process, and as many streams of server-sent events.',
  ),
  OPERATIONS_PER_SOCKET: whole(100, 1, 10_000, 'Operations that may run on one WebSocket at the same time.'),
  MAX_CONNECTIONS: whole(
    16_000,
    1,
    1_000_000,
    'Open [connections](network.md#connections) of one process, HTTP and WebSocket together. It closes further ones at once. Stay at least 1,000 below the limit on open files (`ulimit -n`).',
  ),
  INTROSPECTION: flag(
    'With `1`, clients may read the GraphQL schema, and error messages suggest names of it ("Did you mean …"). Tools can also read `schema.graphql`.',
  ),
  PERSISTED_OPERATIONS: text(
    'File with GraphQL operations and their SHA-256 hashes. The service then runs only [these](network.md#persisted-operations) and those of its own web pages. Unset: it runs any operation.',
    'the path of a JSON file',
  ),
  COMPRESSION: flag(
    'With `1`, the service [compresses](network.md#compression) HTTP answers of at least 1 KB, and messages of WebSockets and streams, for clients that accept it.',
    '1',
  ),
  COMPRESSION_MB: whole(
    64,
    0,
    65_536,
    'MiB of memory to compress WebSockets and streams, of which each takes 144 KiB. The service does not compress further ones.',
  ),
})

export type NetworkSettings = Readonly<z.infer<typeof networkSettings>>

/** The settings that apply if the environment names none. */
export const NETWORK_DEFAULTS: NetworkSettings = networkSettings.parse({})
