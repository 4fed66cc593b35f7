"""Sends every kind of call with a Python SDK and reads the events back from the inspector."""
import json
import sys
import urllib.request

URL = sys.argv[1]
QUESTION = "How many are left? “Größe” 日本 🙂"


def get(path):
    with urllib.request.urlopen(URL + path) as response:
        return json.load(response)["events"]


def post(path):
    urllib.request.urlopen(urllib.request.Request(URL + path, data=b"", method="POST")).close()


def send_calls(client):
    properties = {"conversationId": "python-conversation"}
    client.identify("u", {"plan": "free"})
    client.track("u", "Conversation Started", dict(properties))
    message = {**properties, "messageId": "m1", "message_body": QUESTION, "role": "customer"}
    client.track("u", "Message Sent", message)
    client.page("u", name="Home")
    client.screen("u", name="Home")
    client.group("u", "g")
    client.alias("a", "u")
    client.flush()
    client.join()


def check(name, client_class, key, version, gzip):
    """Checks one SDK. `version` is the version that the SDK reports in `context.library`."""
    post("/reset")
    errors = []
    client = client_class(
        key, host=URL, gzip=gzip, on_error=lambda error, items: errors.append(error)
    )
    send_calls(client)
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
    assert sent[0]["raw"]["properties"]["message_body"] == QUESTION
    print(f"{name}: 7 calls of 6 kinds arrived, gzip={gzip}")
