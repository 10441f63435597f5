import { EPOCH } from '../../decay.ts'

/**
 * Adds the increments of some partitions' logs between two marks to the rows and sets of one shard, and moves the marks. Does nothing
 * if a mark is not where the worker believes it to be.
 *
 * KEYS marks; the row of each entity; then the sets of each
 * ARGV id of the store; run id of the server that confirmed the logs ('' where that is another server); expiry in ms; number of ranges, per range partition, from, to; number of rows; per entity: columns of a row, numbers as
 *      packed (operation u8, column u16, value f64, epoch f64), number of sets; per set: epoch column, keep, capacity, number of
 *      members; per member: its name, packed (epoch f64, gain f64)
 * A cell or score that would become infinite or NaN stays as it is. One that is already infinite or NaN restarts at 0.
 * Returns {} if applied; {'store'} if the shard belongs to another store, or lost its data; {'restarted'} if the server has another
 * run id, because it may have restarted without confirmed data; {'refused', number} if applied without additions that would not be finite; otherwise the
 * partition and mark of every range that does not fit.
 */
export const FOLD = `#!lua flags=allow-oom
local at = 1
local function take() local value = ARGV[at]; at = at + 1; return value end
if (redis.call('HGET', KEYS[1], 'store') or '') ~= take() then return {'store'} end
local run = take()
if run ~= '' and not string.find(redis.call('INFO', 'server'), 'run_id:' .. run, 1, true) then return {'restarted'} end
local ttl = take()
local ranges = tonumber(take())
local marks, stale = {}, {}
for i = 1, ranges do
  local partition, from, to = take(), take(), take()
  local mark = redis.call('HGET', KEYS[1], partition) or '0-0'
  if mark ~= from then
    stale[#stale + 1] = partition
    stale[#stale + 1] = mark
  end
  marks[#marks + 1] = partition
  marks[#marks + 1] = to
end
if #stale > 0 then return stale end
local function finite(number) return number - number == 0 end
local rows = tonumber(take())
local key, refused = rows + 1, 0
for place = 1, rows do
  local width, blob, sets = tonumber(take()), take(), tonumber(take())
  local bytes = redis.call('GET', KEYS[place + 1]) or ''
  local held = #bytes / 8
  local row = { struct.unpack('<' .. string.rep('d', held), bytes) }
  row[held + 1] = nil
  for i = held + 1, width do row[i] = 0 end
  if held > width then width = held end
  local position = 1
  while position <= #blob do
    local op, column, value, epoch
    op, column, value, epoch, position = struct.unpack('<BHdd', blob, position)
    column = column + 1
    local before = finite(row[column]) and row[column] or 0
    local after = before
    if op == 0 then after = before + value
    elseif op == 2 then if value > before then after = value end
    elseif op == 3 then if before == 0 or value < before then after = value end
    else
      local current = finite(row[column + 1]) and row[column + 1] or 0
      if before == 0 or epoch == current then
        after = before + value
        current = epoch
      elseif epoch > current then
        after = before * 2 ^ (${EPOCH} * (current - epoch)) + value
        current = epoch
      else
        after = before + value * 2 ^ (${EPOCH} * (epoch - current))
      end
      if finite(after) then row[column + 1] = current end
    end
    if not finite(after) then
      after = before
      refused = refused + 1
    end
    row[column] = after
  end
  for i = 1, sets do
    key = key + 1
    local setKey = KEYS[key]
    local epochColumn, keep, capacity, members = tonumber(take()) + 1, tonumber(take()), tonumber(take()), tonumber(take())
    local count = redis.call('ZCARD', setKey)
    for j = 1, members do
      local member = take()
      local epoch, gain = struct.unpack('<dd', take())
      local isLoss = gain < 0
      local current = finite(row[epochColumn]) and row[epochColumn] or 0
      if count == 0 then row[epochColumn] = epoch
      elseif epoch > current then
        redis.call('ZUNIONSTORE', setKey, 1, setKey, 'WEIGHTS', string.format('%.17g', 2 ^ (${EPOCH} * (current - epoch))))
        row[epochColumn] = epoch
      elseif epoch < current then gain = gain * 2 ^ (${EPOCH} * (epoch - current)) end
      local isNew = (isLoss or count >= capacity) and not redis.call('ZSCORE', setKey, member)
      if not (isNew and isLoss) then
        if isNew then redis.call('ZREMRANGEBYRANK', setKey, 0, count - keep - 1) end
        local after = tonumber(redis.call('ZINCRBY', setKey, string.format('%.17g', gain), member))
        if not finite(after) then
          redis.call('ZREM', setKey, member)
          refused = refused + 1
        elseif isLoss and after <= 0 then
          redis.call('ZREM', setKey, member)
        end
      end
      count = redis.call('ZCARD', setKey)
    end
    redis.call('PEXPIRE', setKey, ttl)
  end
  redis.call('SET', KEYS[place + 1], struct.pack('<' .. string.rep('d', width), unpack(row, 1, width)), 'PX', ttl)
end
redis.call('HSET', KEYS[1], unpack(marks))
if refused > 0 then return {'refused', tostring(refused)} end
return {}
`

/**
 * Announces that a log will be folded up to an entry. KEYS log, fold mark; ARGV id of the entry.
 * Returns the run id of the server, or '-' if the server does not report it. Returns '' and announces nothing if the log does not
 * hold that entry.
 */
export const MARK = `#!lua flags=allow-oom
if #redis.call('XRANGE', KEYS[1], ARGV[1], ARGV[1]) == 0 then return '' end
redis.call('SET', KEYS[2], ARGV[1])
return string.match(redis.call('INFO', 'server'), 'run_id:(%w+)') or '-'
`

/**
 * Makes all later ids of a log greater than a given id. KEYS log; ARGV id. Returns 1 if they could have been less.
 */
export const LIFT = `#!lua flags=allow-oom
if redis.call('EXISTS', KEYS[1]) == 1 then
  local function read(id)
    local ms, sequence = string.match(id, '^(%d+)-(%d+)$')
    return tonumber(ms), tonumber(sequence)
  end
  local info = redis.call('XINFO', 'STREAM', KEYS[1])
  for i = 1, #info, 2 do
    if info[i] == 'last-generated-id' then
      local ms, sequence = read(info[i + 1])
      local leastMs, leastSequence = read(ARGV[1])
      if ms > leastMs or (ms == leastMs and sequence >= leastSequence) then return 0 end
    end
  end
end
redis.call('XADD', KEYS[1], ARGV[1], 'lifted', '')
redis.call('XDEL', KEYS[1], ARGV[1])
return 1
`

/**
 * Sets aside the increments of an entry that a fold omits, once, under the id of the entry.
 * KEYS stream of what was set aside; ARGV id, maximum number to keep, what is wrong, the increments.
 * Returns 'added', or 'known' if the stream has this entry or a later one already, or the text of an error.
 */
export const SET_ASIDE = `#!lua flags=allow-oom
local reply = redis.pcall('XADD', KEYS[1], 'MAXLEN', ARGV[2], ARGV[1], 'what', ARGV[3], 'increments', ARGV[4])
if type(reply) ~= 'table' or not reply.err then return 'added' end
if string.find(reply.err, 'equal or smaller', 1, true) then return 'known' end
return reply.err
`

/** Returns how many increments were ever set aside. KEYS: the stream of increments that were set aside. */
export const COUNT_ASIDE = `#!lua flags=no-writes
if redis.call('EXISTS', KEYS[1]) == 0 then return 0 end
local info = redis.call('XINFO', 'STREAM', KEYS[1])
for i = 1, #info, 2 do
  if info[i] == 'entries-added' then return info[i + 1] end
end
return 0
`
