import { z } from 'zod'
import { flag, list, type Meaning, whole } from './setting-kinds.ts'
import { parseProxyTrust } from './trusted-proxies.ts'

const isOrigin = (text: string) => URL.canParse(text) && new URL(text).origin === text
const isHost = (text: string) => text === '*' || (URL.canParse(`http://${text}`) && new URL(`http://${text}`).hostname === text)

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
  ALLOWED_ORIGINS: list(isOrigin, 'an origin such as https://shop.example, without a path', {
    description:
      'Web pages of these origins may use the service from a browser. Pages of its own origin always may, and clients that send no `Origin`. See [network](network.md#origins).',
    range: 'origins, separated by commas',
  }),
  ALLOWED_HOSTS: list(isHost, 'a host name in small letters, without a port', {
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
  INTROSPECTION: flag(
    '`1`: let clients read the schema, and suggest names in errors ("Did you mean …"). `GRAPHIQL=1` does the same. Tools find the schema in `schema.graphql`.',
  ),
  PERSISTED_OPERATIONS: z
    .string()
    .min(1)
    .optional()
    .meta({
      description:
        'File of the documents that clients may send, by their SHA-256. Any other is refused. Unset: any document is run. See [network](network.md#persisted-operations).',
      range: 'a JSON file',
    } satisfies Meaning),
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
