/**
 * Takes points from a token bucket. The key holds the time at which the bucket is full, in ms since 1970 by the clock of Redis, and
 * expires at that time. After a failover to a server whose clock is behind, that time may be too far ahead: the size limits it.
 * KEYS bucket; ARGV wanted, least, size, all in ms.
 * Returns how much was taken, and after how many ms the least amount is there: 0 if something was taken.
 */
export const TAKE_FROM_BUCKET = `
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local size = tonumber(ARGV[3])
local full = math.min(math.max(tonumber(redis.call('GET', KEYS[1]) or now), now), now + size)
local taken = tonumber(ARGV[1])
if full + taken - now > size then taken = tonumber(ARGV[2]) end
if full + taken - now > size then return {0, full + taken - now - size} end
redis.call('SET', KEYS[1], string.format('%.0f', full + taken), 'PX', full + taken - now)
return {taken, 0}
`
