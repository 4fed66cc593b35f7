"""Sends every kind of call with segment-analytics-python and reads the events back from the inspector."""
import json
import sys
import urllib.request

from segment.analytics.client import Client

url = sys.argv[1]


def get(path):
    with urllib.request.urlopen(url + path) as response:
        return json.load(response)["events"]


def post(path):
    urllib.request.urlopen(urllib.request.Request(url + path, data=b"", method="POST"))


for gzip in (False, True):
    post("/reset")
    errors = []
    client = Client(
        "the-write-key",
        host=url,
        gzip=gzip,
        on_error=lambda error, items: errors.append(error),
    )
    properties = {"conversationId": "python-conversation"}
    question = "How many are left? “Größe” 日本 🙂"
    client.identify("u", {"plan": "free"})
    client.track("u", "Conversation Started", properties)
    client.track("u", "Message Sent", {**properties, "messageId": "m1", "message_body": question})
    client.page("u", name="Home")
    client.screen("u", name="Home")
    client.group("u", "g")
    client.alias("a", "u")
    client.flush()
    client.join()
    assert not errors, errors

    events = get("/all?count=7&timeoutMs=20000")
    kinds = sorted(event["type"] for event in events)
    assert kinds == ["alias", "group", "identify", "page", "screen", "track", "track"], kinds
    for event in events:
        assert event["verdict"]["status"] in ("ok", "note"), event
        assert event["delivery"]["library"] == "analytics-python/2.4.0", event
        assert event["delivery"].get("encoding") == ("gzip" if gzip else None), event
        assert event["delivery"]["writeKey"] == "the-…", event
    sent = get("/good?event=Message+Sent")
    assert sent[0]["raw"]["properties"]["message_body"] == question
    print(f"analytics-python: 7 calls of 6 kinds arrived, gzip={gzip}")
