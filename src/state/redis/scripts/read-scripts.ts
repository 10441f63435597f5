/**
 * Reads the highest members of sets of one slot with their scores, and the epochs of the scores. One script reads both, because a fold
 * between two commands could move both.
 * KEYS set and row of each; ARGV for each the columns of the epoch and of the latest addition, and the number of members.
 * Returns for each the epoch, the time of the latest addition, then members and scores as ZREVRANGE returns them. They are one text with
 * U+0000 between, because one text is read faster than hundreds. Members with scores within 2^-15 of the last one follow, because ids decide
 * which of them are among the highest.
 */
export const READ_SETS = `#!lua flags=no-writes
local replies = {}
for i = 1, #KEYS, 2 do
  local at = (i - 1) / 2 * 3
  local first = math.min(ARGV[at + 1], ARGV[at + 2])
  local bytes = redis.call('GETRANGE', KEYS[i + 1], first * 8, math.max(ARGV[at + 1], ARGV[at + 2]) * 8 + 7)
  local function number(column)
    local from = (column - first) * 8 + 1
    return string.format('%.17g', #bytes >= from + 7 and struct.unpack('<d', bytes, from) or 0)
  end
  replies[at + 1] = number(ARGV[at + 1])
  replies[at + 2] = number(ARGV[at + 2])
  local last = tonumber(redis.call('ZREVRANGE', KEYS[i], ARGV[at + 3] - 1, ARGV[at + 3] - 1, 'WITHSCORES')[2])
  local lowest = last and string.format('%.17g', last * (last > 0 and 1 - 2 ^ -15 or 1 + 2 ^ -15)) or '-inf'
  replies[at + 3] = table.concat(redis.call('ZREVRANGEBYSCORE', KEYS[i], '+inf', lowest, 'WITHSCORES'), '\\0')
end
return replies
`
