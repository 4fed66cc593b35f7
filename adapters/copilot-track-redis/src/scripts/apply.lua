-- Writes the changes of one conversation. A repeated write changes only the time of activity.
--
-- KEYS: the conversation, its known messages and updates
-- ARGV: the number of known entries to keep, the expiry in ms, the id of the update or '', the number
--       of an end or '', 1 if the conversation has started or else '', the time in ms at which late
--       values count as written or '', the number of values, the names of the values and the values, the
--       messages
local conversation, known = KEYS[1], KEYS[2]
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
redis.call('HSET', conversation, 'active', string.format('%.0f', now))

local function is_new(entry)
    local place = redis.call('HINCRBY', conversation, 'entries', 1)
    return redis.call('ZADD', known, 'NX', place, entry) == 1
end

local last_value = 7 + 2 * ARGV[7]
for index = last_value + 1, #ARGV do
    local message = ARGV[index]
    if is_new(message) then
        local counter = string.sub(message, 1, 1) == 's' and 'sent' or 'received'
        redis.call('HINCRBY', conversation, counter, 1)
        redis.call('HSET', conversation, 'started', 1)
    end
end

if ARGV[3] ~= '' and is_new('u' .. ARGV[3]) then
    if ARGV[5] ~= '' then
        redis.call('HSET', conversation, 'started', 1)
    end
    local is_late = ARGV[6] ~= ''
    local written = is_late and tonumber(ARGV[6]) or now
    for index = 8, last_value, 2 do
        local name = ARGV[index]
        -- A late value does not replace one that was written since then.
        if not is_late or written >= (tonumber(redis.call('HGET', conversation, name .. '_at')) or 0) then
            redis.call('HSET', conversation, name, ARGV[index + 1], name .. '_at', string.format('%.0f', written))
        end
    end
    local number = tonumber(ARGV[4])
    if number and number > tonumber(redis.call('HGET', conversation, 'ends') or 0) then
        local counts = redis.call('HMGET', conversation, 'sent', 'received', 'claim_number')
        local messages = (tonumber(counts[1]) or 0) + (tonumber(counts[2]) or 0)
        redis.call('HSET', conversation, 'ends', number, 'messages_at_end', messages)
        if counts[3] and tonumber(counts[3]) <= number then
            redis.call('HDEL', conversation, 'claim_number', 'claim_messages', 'claim_token', 'claim_until',
                'claim_attempt')
        end
    end
end

redis.call('ZREMRANGEBYRANK', known, 0, -ARGV[1] - 1)
redis.call('PEXPIRE', conversation, ARGV[2])
redis.call('PEXPIRE', known, ARGV[2])
return 1
