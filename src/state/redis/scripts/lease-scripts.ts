/**
 * Takes or keeps the lease if nobody else has it. KEYS lease; ARGV holder, for how many ms. Returns 1 if the holder has it now.
 * A lease that lasts longer than any lease can was given before the clock of this server stepped back. It counts as ended: its holder
 * may no longer run, and the lease would last as long as the step. A holder that still runs shares the work until it asks again.
 * Has the flags of all scripts for folding, so that a store without free memory can still be folded.
 */
export const LEASE = `#!lua flags=allow-oom
local holder = redis.call('GET', KEYS[1])
if holder and holder ~= ARGV[1] and redis.call('PTTL', KEYS[1]) <= tonumber(ARGV[2]) then return 0 end
redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
return 1
`

/**
 * Gives the lease back if the holder still has it. KEYS lease; ARGV holder.
 */
export const RELEASE = `#!lua flags=allow-oom
if redis.call('GET', KEYS[1]) == ARGV[1] then return redis.call('DEL', KEYS[1]) end
return 0
`

/** Stores the first setting of a hash, or tells the one that is there. KEYS meta; ARGV field, value to set, value to expect ('' for absent). */
export const SET_IF = `#!lua flags=allow-oom
local held = redis.call('HGET', KEYS[1], ARGV[1]) or ''
if held == ARGV[3] then
  redis.call('HSET', KEYS[1], ARGV[1], ARGV[2])
  return ARGV[2]
end
return held
`
