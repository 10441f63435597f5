import { isIPv4 } from 'node:net'
import ipaddr from 'ipaddr.js'

/**
 * Returns what addresses are counted as one client: an IPv4 address alone, and the /64 network of an IPv6 address, since one client
 * may use all 2^64 of it.
 */
export function addressGroup(address: string): string {
  // The usual case, without parsing: this is on the way of every event.
  if (isIPv4(address) || !ipaddr.isValid(address)) return address
  const parsed = ipaddr.process(address)
  if (parsed.kind() === 'ipv4') return parsed.toString()
  const parts = (parsed as ipaddr.IPv6).parts.slice(0, 4).map((part) => part.toString(16))
  return `${parts.join(':')}::/64`
}

/** Whether an address is of this machine. */
export function isLoopback(address: string): boolean {
  if (isIPv4(address)) return address.startsWith('127.')
  return ipaddr.isValid(address) && ipaddr.process(address).range() === 'loopback'
}
