/**
 * Claims a stretch of a log for archiving. KEYS log, claim; ARGV first id, stretch.
 * Returns the stretch, or the one that was claimed before. Returns nothing if the log no longer holds the first entry of the stretch.
 */
export const CLAIM = `#!lua flags=allow-oom
local claimed = redis.call('GET', KEYS[2])
if claimed then return claimed end
if #redis.call('XRANGE', KEYS[1], ARGV[1], ARGV[1]) == 0 then return false end
redis.call('SET', KEYS[2], ARGV[2])
return ARGV[2]
`

/**
 * Removes an archived stretch from a log.
 * KEYS log, claim, last archived id; ARGV stretch, first id to keep, last id of the stretch.
 * Returns 0 and removes nothing if the claim no longer exists.
 */
export const TRIM = `#!lua flags=allow-oom
if redis.call('GET', KEYS[2]) ~= ARGV[1] then return 0 end
redis.call('XTRIM', KEYS[1], 'MINID', ARGV[2])
redis.call('DEL', KEYS[2])
redis.call('SET', KEYS[3], ARGV[3])
return 1
`

/**
 * Copies a page of a log. KEYS log, copy; ARGV first id, maximum number of entries, expiry of the copy in ms.
 * Returns the number of copied entries, and the id of the last one.
 */
export const COPY = `#!lua
local entries = redis.call('XRANGE', KEYS[1], ARGV[1], '+', 'COUNT', ARGV[2])
for i = 1, #entries do redis.call('XADD', KEYS[2], entries[i][1], unpack(entries[i][2])) end
if #entries == 0 then return {0, ''} end
redis.call('PEXPIRE', KEYS[2], ARGV[3])
return {#entries, entries[#entries][1]}
`

/**
 * Replaces a log by its copy. KEYS log, copy; ARGV first id that the copy lacks, maximum number of entries that it may lack.
 * Returns 'replaced'; 'more' if it lacks more; or 'deleted', after it deleted the copy, if the log lacks entries of the copy.
 */
export const REPLACE = `#!lua
local rest = redis.call('XRANGE', KEYS[1], ARGV[1], '+', 'COUNT', ARGV[2] + 1)
if #rest > tonumber(ARGV[2]) then return 'more' end
if redis.call('EXISTS', KEYS[1]) == 0 then
  redis.call('DEL', KEYS[2])
  return 'replaced'
end
local last
local info = redis.call('XINFO', 'STREAM', KEYS[1])
for i = 1, #info, 2 do
  if info[i] == 'last-generated-id' then last = info[i + 1] end
end
for i = 1, #rest do redis.call('XADD', KEYS[2], rest[i][1], unpack(rest[i][2])) end
local first = redis.call('XRANGE', KEYS[1], '-', '+', 'COUNT', 1)[1]
if first then
  redis.call('XTRIM', KEYS[2], 'MINID', first[1])
  if redis.call('XLEN', KEYS[1]) ~= redis.call('XLEN', KEYS[2]) then
    redis.call('DEL', KEYS[2])
    return 'deleted'
  end
  redis.call('XSETID', KEYS[2], last)
else
  redis.call('DEL', KEYS[2])
  redis.call('XADD', KEYS[2], last, 'emptied', '')
  redis.call('XDEL', KEYS[2], last)
end
redis.call('PERSIST', KEYS[2])
redis.call('RENAME', KEYS[2], KEYS[1])
return 'replaced'
`
