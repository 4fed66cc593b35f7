"""Scores other libraries on the corpus. `.ci/masking-peers` runs this program.

The program reads the lines that `masking-table --json` prints. Presidio runs its recognizers of
email addresses, phone numbers, cards, IBANs, and IP addresses, without a language model.
detect-secrets runs all of its detectors of keys and passwords with their default settings.
"""

import collections
import json
import sys
import tempfile

from detect_secrets.core import scan
from detect_secrets.settings import default_settings
from presidio_analyzer.predefined_recognizers import (
    CreditCardRecognizer,
    EmailRecognizer,
    IbanRecognizer,
    IpRecognizer,
    PhoneRecognizer,
)

LEAK_CHARS = 4
RECOGNIZERS = [
    EmailRecognizer(),
    PhoneRecognizer(),
    CreditCardRecognizer(),
    IbanRecognizer(),
    IpRecognizer(),
]


def presidio(text):
    """Returns the ranges that Presidio's recognizers match."""
    for recognizer in RECOGNIZERS:
        for result in recognizer.analyze(text, recognizer.supported_entities, None):
            yield result.start, result.end


def detect_secrets(text):
    """Returns the ranges of the secrets that detect-secrets reports in a text file."""
    with tempfile.NamedTemporaryFile("w", suffix=".txt", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        with default_settings():
            secrets = list(scan.scan_file(file.name))
    for secret in secrets:
        start = text.find(secret.secret_value or "\0")
        if start >= 0:
            yield start, start + len(secret.secret_value)


def remove(text, ranges):
    """Replaces the ranges with zero characters."""
    chars = list(text)
    for start, end in ranges:
        chars[start:end] = "\0" * (end - start)
    return "".join(chars)


def leaks(case, secret, rest):
    """Returns whether a part of the secret remains. This is the rule of `score.rs`."""
    length = min(LEAK_CHARS, len(secret))
    parts = (secret[i : i + length] for i in range(len(secret) - length + 1))
    return any(
        part in rest
        and any(c.isalnum() for c in part)
        and not any(part in context for context in case["context"])
        for part in parts
    )


def score(case, find):
    """Returns the number of secrets found and whether a harmless text is matched."""
    rest = remove(case["text"], list(find(case["text"])))
    found = sum(not leaks(case, secret, rest) for secret in case["secrets"])
    return found, rest != case["text"]


def main():
    """Prints a table for each corpus."""
    cases = [json.loads(line) for line in sys.stdin]
    columns = ("copilot-track", "Presidio", "detect-secrets")
    for corpus in dict.fromkeys(case["corpus"] for case in cases):
        found = collections.defaultdict(lambda: [0] * 3)
        changed = collections.defaultdict(lambda: [0] * 3)
        totals = collections.defaultdict(lambda: [0, 0])
        for case in (case for case in cases if case["corpus"] == corpus):
            figures = [
                (case["found"], case["changed"]),
                score(case, presidio),
                score(case, detect_secrets),
            ]
            for kind in (case["kind"], "all"):
                totals[kind][0] += len(case["secrets"])
                totals[kind][1] += not case["secrets"]
                for column, (hits, matched) in enumerate(figures):
                    found[kind][column] += hits
                    changed[kind][column] += matched and not case["secrets"]
        kinds = [kind for kind in totals if kind != "all"] + ["all"]
        print(f"\nSecrets found in `{corpus}`, and harmless strings masked:\n")
        print("| kind | secrets | harmless | " + " | ".join(columns) + " |")
        print("| --- " * (len(columns) + 3) + "|")
        for kind in kinds:
            figures = zip(found[kind], changed[kind])
            cells = " | ".join(f"{hits}, {wrong} wrong" for hits, wrong in figures)
            print(f"| {kind} | {totals[kind][0]} | {totals[kind][1]} | {cells} |")


main()
