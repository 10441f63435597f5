/**
 * Stores a slate until it expires, and logs it.
 * KEYS slate, log, the user's slates, store, erasures of the user, life of the user;
 * ARGV slate, expiry in ms, entry, id, s now, id of the store, s of expiry, life when the slate was asked for, 1 if the life must match.
 * Returns 1. Stores nothing, and returns 0 if the partition belongs to another store, or lost its data; 2 if the user is being erased,
 * or has another life.
 */
export const PUT_SLATE = `#!lua
if (redis.call('HGET', KEYS[4], 'store') or '') ~= ARGV[6] then return 0 end
if redis.call('EXISTS', KEYS[5]) == 1 then return 2 end
if ARGV[9] == '1' and (redis.call('GET', KEYS[6]) or '') ~= ARGV[8] then return 2 end
redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
redis.call('XADD', KEYS[2], '*', 'e', ARGV[3])
redis.call('ZADD', KEYS[3], ARGV[7], ARGV[4])
redis.call('ZREMRANGEBYSCORE', KEYS[3], '-inf', '(' .. ARGV[5])
if redis.call('PTTL', KEYS[3]) < tonumber(ARGV[2]) then redis.call('PEXPIRE', KEYS[3], ARGV[2]) end
return 1
`

/**
 * Extends the life of a slate, the first time that an event names it.
 * KEYS slate, the user's slates; ARGV id, s of the later expiry, ms by which it is later.
 * Returns 1 if it did so, and 0 otherwise.
 */
export const NAME_SLATE = `#!lua
local expiry = redis.call('ZSCORE', KEYS[2], ARGV[1])
if not expiry or tonumber(expiry) >= tonumber(ARGV[2]) then return 0 end
local left = redis.call('PTTL', KEYS[1])
if left < 0 then return 0 end
redis.call('ZADD', KEYS[2], ARGV[2], ARGV[1])
redis.call('PEXPIRE', KEYS[1], left + ARGV[3])
if redis.call('PTTL', KEYS[2]) < left + ARGV[3] then redis.call('PEXPIRE', KEYS[2], left + ARGV[3]) end
return 1
`
