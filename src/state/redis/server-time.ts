import type { Redis } from 'ioredis'

/** Returns the time by the clock of a Redis server, in ms since 1970, with fractions. */
export async function serverTime(commands: Pick<Redis, 'time'>): Promise<number> {
  const [seconds, microseconds] = await commands.time()
  return Number(seconds) * 1000 + Number(microseconds) / 1000
}
