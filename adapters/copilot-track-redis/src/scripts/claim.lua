-- Claims the next end of a conversation.
--
-- KEYS: the conversation
-- ARGV: the caller's token, the lease in ms, the minimum time without activity in ms or ''
--
-- Returns `{'claimed', number, messages, attempt}`, `{'active', time of activity}`, `{'held', end of the
-- lease, 1 if the conversation has messages that are newer than the claim or else 0}` if another
-- caller has the claim, or `{'none'}` if there is nothing to claim.
local conversation = KEYS[1]
local fields = redis.call('HMGET', conversation, 'sent', 'received', 'messages_at_end', 'ends', 'active',
    'claim_number', 'claim_messages', 'claim_token', 'claim_until')
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local lease_end = string.format('%.0f', now + ARGV[2])

local messages = (tonumber(fields[1]) or 0) + (tonumber(fields[2]) or 0)
if messages == 0 then
    return {'none'}
end
local active = tonumber(fields[5]) or 0
if ARGV[3] ~= '' and now - active < tonumber(ARGV[3]) then
    return {'active', fields[5]}
end
if fields[6] then
    local is_valid = tonumber(fields[9]) > now
    -- A search for idle conversations does not return the caller's own claims again.
    if is_valid and (fields[8] ~= ARGV[1] or ARGV[3] ~= '') then
        return {'held', fields[9], messages > tonumber(fields[7]) and '1' or '0'}
    end
    if is_valid or messages <= tonumber(fields[7]) then
        local attempt = redis.call('HINCRBY', conversation, 'claim_attempt', is_valid and 0 or 1)
        redis.call('HSET', conversation, 'claim_token', ARGV[1], 'claim_until', lease_end)
        return {'claimed', fields[6], fields[7], tostring(attempt)}
    end
    -- The event of the claim may have been sent, so the newer messages need the next number.
elseif messages <= (tonumber(fields[3]) or 0) then
    return {'none'}
end
local number = string.format('%.0f', (tonumber(fields[6]) or tonumber(fields[4]) or 0) + 1)
messages = string.format('%.0f', messages)
redis.call('HSET', conversation, 'claim_number', number, 'claim_messages', messages, 'claim_token', ARGV[1],
    'claim_until', lease_end, 'claim_attempt', 1)
return {'claimed', number, messages, '1'}
