/**
 * Runs one batch by the server's own clock, in microseconds: doubles hold them exactly, but as text they need "%.0f". Each permit is a
 * member of one sorted set. Its score is the last moment at which it may be used; it counts until a window after that.
 *
 * In this order: unused permits are returned, expired ones are removed, usage without Redis is added whatever the limit, the acquires
 * are decided one by one (each whole or not at all), and permits for the lease are taken.
 *
 * A clock that goes back does not allow more: no new permit gets a score below the highest. If it goes back by more than a window,
 * scores are lowered so that they count from now.
 *
 * The reply is integers: permits taken for the lease, permits counted, microseconds until all are free; then, for each acquire, the
 * microseconds to wait (0: allowed, -1: never) and the permits that are free after it.
 */
export const batchScript = `
local key = KEYS[1]
local limit, window, margin, longest = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3]), tonumber(ARGV[4])
local name, spare = ARGV[5], tonumber(ARGV[6])
local returns, entries = tonumber(ARGV[7]), tonumber(ARGV[8])
local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]

local function text(number) return string.format('%.0f', number) end

local function each(command, prefix, from, count, score)
  local last = from + count - 1
  for first = from, last, 1000 do
    local arguments = {}
    for index = first, math.min(first + 999, last) do
      if score then arguments[#arguments + 1] = score end
      arguments[#arguments + 1] = prefix .. text(index)
    end
    redis.call(command, key, unpack(arguments))
  end
end

local at = 9
for _ = 1, returns do
  each('ZREM', ARGV[at], tonumber(ARGV[at + 1]), tonumber(ARGV[at + 2]))
  at = at + 3
end

redis.call('ZREMRANGEBYSCORE', key, '-inf', text(now - window))
local newest = redis.call('ZREVRANGE', key, 0, 0, 'WITHSCORES')
local highest = tonumber(newest[2] or 0)
if highest > now + longest + window then
  highest = now + longest
  for _, member in ipairs(redis.call('ZRANGEBYSCORE', key, '(' .. text(highest), '+inf')) do
    redis.call('ZADD', key, text(highest), member)
  end
end

for _ = 1, entries do
  local usedAt = now - tonumber(ARGV[at + 1])
  each('ZADD', ARGV[at], 0, tonumber(ARGV[at + 2]), text(usedAt))
  highest = math.max(highest, usedAt)
  at = at + 3
end

local count = redis.call('ZCARD', key)
local stamp = math.max(highest, now + margin)
local free, taken, kept, refused = limit - count, 0, 0, false
local reply = { 0, 0, 0 }
for first = at, #ARGV, 2 do
  local cost, reserve = tonumber(ARGV[first]), tonumber(ARGV[first + 1])
  local needed, wait = cost + reserve, 0
  if free >= needed then
    free = free - cost
    taken = taken + cost
  else
    refused = true
    local rank = needed - free - 1
    if needed > limit then
      wait = -1
    elseif rank < count then
      wait = tonumber(redis.call('ZRANGE', key, rank, rank, 'WITHSCORES')[2]) + window - now
    else
      wait = stamp + window - now
    end
  end
  kept = math.max(kept, reserve)
  reply[#reply + 1] = wait
  reply[#reply + 1] = math.max(0, free)
end

if refused then spare = 0 end
spare = math.min(spare, math.max(0, free - kept))
local all = taken + spare
if all > 0 then
  each('ZADD', name, 0, all, text(stamp))
  highest = stamp
end
local used = count + all
if used > 0 then
  reply[3] = highest + window - now
  redis.call('PEXPIRE', key, text(math.ceil(reply[3] / 1000)))
end
reply[1] = spare
reply[2] = used
return reply
`;

/** Deletes the permits. A key that holds something else is not deleted. */
export const resetScript = `
local kind = redis.call('TYPE', KEYS[1])['ok']
if kind == 'zset' or kind == 'none' then return redis.call('DEL', KEYS[1]) end
return redis.error_reply('WRONGTYPE the key holds a ' .. kind .. ', which is not a limit')
`;
