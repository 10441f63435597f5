/**
 * Begins an erasure in a partition: from here on, no slate of the users is kept. Removes the lists.
 * KEYS log, index, lists, erasures of each user; ARGV name of the erasure, its longest time in ms, ids of the lists.
 * Returns the id of the last entry of the log ('' for an empty one), then for each list 1 if it was there.
 */
export const BEGIN_ERASURE = `#!lua flags=allow-oom
local last = redis.call('XREVRANGE', KEYS[1], '+', '-', 'COUNT', 1)[1]
local replies = { last and last[1] or '' }
for i = 3, #ARGV do
  redis.call('SREM', KEYS[2], ARGV[i])
  replies[i - 1] = redis.call('DEL', KEYS[i])
end
for i = #ARGV + 1, #KEYS do
  redis.call('ZADD', KEYS[i], 0, ARGV[1])
  redis.call('PEXPIRE', KEYS[i], ARGV[2])
end
return replies
`

/**
 * Ends an erasure of a user: slates are kept again if they are asked for from now on.
 * KEYS erasures of the user, life; ARGV name of the erasure, a life that no id has had.
 */
export const END_ERASURE = `#!lua flags=allow-oom
redis.call('SET', KEYS[2], ARGV[2])
return redis.call('ZREM', KEYS[1], ARGV[1])
`

/**
 * Removes entries from a log. If there were any, adds the entry that replaces them.
 * KEYS log, progress of the erasure; ARGV expected progress, the entry to add ('' for none), ids.
 * Returns how many entries were removed, and the progress. Returns -1 and removes nothing if the progress is absent or another one:
 * the store then went back to an earlier state.
 */
export const ERASE = `#!lua flags=allow-oom
if redis.call('GET', KEYS[2]) ~= ARGV[1] then return { -1, 0 } end
local erased = redis.call('XDEL', KEYS[1], unpack(ARGV, 3))
if erased > 0 and ARGV[2] ~= '' then redis.call('XADD', KEYS[1], '*', 'e', ARGV[2]) end
return { erased, redis.call('INCR', KEYS[2]) }
`

/**
 * Removes the keys of a user.
 * KEYS value, events, ids of slates, sample, progress of the erasure, erasures of the user;
 * ARGV expected stamp ('' for an absent value), 1 if the stamp must match, id, expected progress, name of the erasure.
 * Returns how many keys were removed. Returns -1 and removes nothing if the stamp or the progress is another one, or if slates may have
 * been kept since the erasure began.
 */
export const ERASE_USER = `#!lua flags=allow-oom
if ARGV[2] == '1' and redis.call('GETRANGE', KEYS[1], 0, 7) ~= ARGV[1] then return -1 end
if redis.call('GET', KEYS[5]) ~= ARGV[4] or not redis.call('ZSCORE', KEYS[6], ARGV[5]) then return -1 end
redis.call('ZREM', KEYS[4], ARGV[3])
return redis.call('DEL', KEYS[1], KEYS[2], KEYS[3])
`
