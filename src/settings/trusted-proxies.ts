import proxyaddr from 'proxy-addr'

/**
 * Tells whether a hop between client and service is a proxy whose headers are trusted.
 * @param hop 0 for the peer of the connection
 */
export type ProxyTrust = (address: string, hop: number) => boolean

/**
 * Reads TRUST_PROXY: the number of proxies before the service, or their addresses, networks (CIDR) and the names `loopback`,
 * `linklocal` and `uniquelocal`, separated by commas.
 * @throws TypeError if an address cannot be read
 */
export function parseProxyTrust(setting: string | undefined): ProxyTrust {
  if (setting === undefined || setting.trim() === '') return () => false
  if (/^\d+$/.test(setting)) {
    const hops = Number(setting)
    return (_, hop) => hop < hops
  }
  return proxyaddr.compile(setting.split(',').map((name) => name.trim()))
}
