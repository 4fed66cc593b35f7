-- Records that the event of a claim was sent.
--
-- KEYS: the conversation
-- ARGV: the number of the claim
local conversation = KEYS[1]
local claim = redis.call('HMGET', conversation, 'claim_number', 'claim_messages')
if claim[1] == ARGV[1] then
    redis.call('HSET', conversation, 'ends', claim[1], 'messages_at_end', claim[2])
    redis.call('HDEL', conversation, 'claim_number', 'claim_messages', 'claim_token', 'claim_until',
        'claim_attempt')
end
return 1
