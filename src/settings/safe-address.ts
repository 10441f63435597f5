const LOOPBACK = new Set(['127.0.0.1', '::1', 'localhost'])

/** Tells whether an address is reachable from this machine only. */
export function isLoopback(host: string): boolean {
  return LOOPBACK.has(host)
}

/** Tells whether an answer from this URL is surely of its owner: over https, or from this machine. */
export function isSafeAddress(text: string): boolean {
  if (!URL.canParse(text)) return false
  const { protocol, hostname } = new URL(text)
  return protocol === 'https:' || (protocol === 'http:' && isLoopback(hostname.replace(/^\[|\]$/g, '')))
}
