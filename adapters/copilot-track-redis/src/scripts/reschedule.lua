-- Changes the entries of leased conversations, unless there was activity since then.
--
-- KEYS: a part of the index of activity
-- ARGV: the score that the lease set, and pairs: the id of a conversation, and its time of activity, or
--       '' to remove the entry
local index = KEYS[1]
for number = 2, #ARGV, 2 do
    local id, active = ARGV[number], ARGV[number + 1]
    if tonumber(redis.call('ZSCORE', index, id)) == tonumber(ARGV[1]) then
        if active == '' then
            redis.call('ZREM', index, id)
        else
            redis.call('ZADD', index, active, id)
        end
    end
end
return 1
