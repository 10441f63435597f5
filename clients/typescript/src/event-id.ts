/** Returns a UUID. Pages without TLS and React Native have no `crypto.randomUUID`: there, it is made of random numbers. */
export function makeEventId(random: () => number): string {
  const { crypto } = globalThis as { crypto?: Partial<Crypto> }
  if (crypto?.randomUUID) return crypto.randomUUID()
  return 'xxxxxxxx-xxxx-4xxx-8xxx-xxxxxxxxxxxx'.replace(/x/g, () => Math.floor(random() * 16).toString(16))
}
