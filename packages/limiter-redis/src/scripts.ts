import { createHash } from "node:crypto";

/**
 * One trip, on the server's own clock, in microseconds: doubles hold them exactly, but as text they need "%.0f". Each permit is a
 * member of one sorted set; its score is the last moment at which it may be used, and it counts until a window after that.
 *
 * In this order: permits come back unused, those of the past go, what was used without Redis is added whatever the limit, the asks
 * are decided one by one (whole or not at all), and what may be kept in reserve here is taken.
 *
 * A clock that went back admits nothing more: new permits get no lower score than the highest. If it went back by more than a window,
 * scores are brought back to where they count from now.
 *
 * It answers integers: permits kept in reserve, permits counted, microseconds until all are free; then for each ask the microseconds to
 * wait (0: admitted, -1: never) and the permits free after it.
 */
export const tripScript = `
local key = KEYS[1]
local limit, window, margin, most = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3]), tonumber(ARGV[4])
local name, spare = ARGV[5], tonumber(ARGV[6])
local returns, debts = tonumber(ARGV[7]), tonumber(ARGV[8])
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
if highest > now + most + window then
  highest = now + most
  for _, member in ipairs(redis.call('ZRANGEBYSCORE', key, '(' .. text(highest), '+inf')) do
    redis.call('ZADD', key, text(highest), member)
  end
end

for _ = 1, debts do
  local usedAt = now - tonumber(ARGV[at + 1])
  each('ZADD', ARGV[at], 0, tonumber(ARGV[at + 2]), text(usedAt))
  highest = math.max(highest, usedAt)
  at = at + 3
end

local count = redis.call('ZCARD', key)
local stamp = math.max(highest, now + margin)
local free, taken, kept, refused = limit - count, 0, 0, false
local answer = { 0, 0, 0 }
for ask = at, #ARGV, 2 do
  local cost, reserve = tonumber(ARGV[ask]), tonumber(ARGV[ask + 1])
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
  answer[#answer + 1] = wait
  answer[#answer + 1] = math.max(0, free)
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
  answer[3] = highest + window - now
  redis.call('PEXPIRE', key, text(math.ceil(answer[3] / 1000)))
end
answer[1] = spare
answer[2] = used
return answer
`;

/** Forgets everything; what is no limit's is not deleted. */
export const resetScript = `
local kind = redis.call('TYPE', KEYS[1])['ok']
if kind == 'zset' or kind == 'none' then return redis.call('DEL', KEYS[1]) end
return redis.error_reply('WRONGTYPE the key holds a ' .. kind .. ', which is no limit')
`;

/** By what EVALSHA knows a script. */
export function digest(script: string): string {
  return createHash("sha1").update(script).digest("hex");
}
