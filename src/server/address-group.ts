import { isIPv4 } from 'node:net'
import ipaddr from 'ipaddr.js'

/**
 * Returns what addresses are counted as one client: an IPv4 address alone, and the /64 network of an IPv6 address, since one client
 * may use all 2^64 of it. Undefined for an address of this machine: what runs here is the operator's, and not limited.
 */
export function addressGroup(address: string): string | undefined {
  // The usual case, without parsing: this is on the way of every event.
  if (isIPv4(address)) return address.startsWith('127.') ? undefined : address
  let parsed: ipaddr.IPv4 | ipaddr.IPv6
  try {
    parsed = ipaddr.process(address)
  } catch {
    return address
  }
  if (parsed.range() === 'loopback') return undefined
  if (parsed.kind() === 'ipv4') return parsed.toString()
  const parts = (parsed as ipaddr.IPv6).parts.slice(0, 4).map((part) => part.toString(16))
  return `${parts.join(':')}::/64`
}
