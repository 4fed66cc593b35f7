"""Checks the Python SDKs of RudderStack and Customer.io."""
from customerio.analytics.client import Client as CustomerIo
from rudderstack.analytics.client import Client as RudderStack

from sdk_check import check

for gzip in (False, True):
    check("rudder-sdk-python", RudderStack, "the-write-key", "2.1.9", gzip)
    check("customerio-cdp-analytics", CustomerIo, "the-write-key", "1.1.0", gzip)
# Keys with a region are sent as a bearer token.
check("customerio-cdp-analytics", CustomerIo, "pk_eu_write-key", "1.1.0", False)
