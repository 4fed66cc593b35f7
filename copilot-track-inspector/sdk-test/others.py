"""Sends every kind of call with the SDKs of RudderStack and Customer.io and reads the events back from
the inspector."""
import json
import sys
import urllib.request

from customerio.analytics.client import Client as CustomerIo
from rudderstack.analytics.client import Client as RudderStack

url = sys.argv[1]
question = "How many are left? “Größe” 日本 🙂"


def get(path):
    with urllib.request.urlopen(url + path) as response:
        return json.load(response)["events"]


def check(name, client_of, key, version, gzip):
    reset = urllib.request.Request(url + "/reset", data=b"", method="POST")
    urllib.request.urlopen(reset)
    errors = []
    client = client_of(
        key, host=url, gzip=gzip, on_error=lambda error, items: errors.append(error)
    )
    properties = {"conversationId": "python-conversation"}
    client.identify("u", {"plan": "free"})
    client.track("u", "Conversation Started", dict(properties))
    message = {**properties, "messageId": "m1", "message_body": question, "role": "customer"}
    client.track("u", "Message Sent", message)
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
        assert event["delivery"]["library"] == "analytics-python/" + version, event
        assert event["delivery"].get("encoding") == ("gzip" if gzip else None), event
        assert event["delivery"]["writeKey"] == key[:4] + "…", event
    sent = get("/good?event=Message+Sent")
    assert sent[0]["raw"]["properties"]["message_body"] == question
    print(f"{name}: 7 calls of 6 kinds arrived, gzip={gzip}")


for gzip in (False, True):
    check("rudder-sdk-python", RudderStack, "the-write-key", "2.1.9", gzip)
    check("customerio-cdp-analytics", CustomerIo, "the-write-key", "1.1.0", gzip)
# Keys with a region are sent as a bearer token.
check("customerio-cdp-analytics", CustomerIo, "pk_eu_write-key", "1.1.0", False)
