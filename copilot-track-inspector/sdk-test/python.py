"""Checks segment-analytics-python."""
from segment.analytics.client import Client

from sdk_check import check

for gzip in (False, True):
    check("analytics-python", Client, "the-write-key", "2.4.0", gzip)
