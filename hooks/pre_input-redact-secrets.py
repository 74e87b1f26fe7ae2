#!/usr/bin/env python3
"""A pre_input filter: takes secrets out of a prompt before it leaves this machine.

It reads one JSON object from stdin: {"hook": "pre_input", "model": ..., "prompt": the newest words of the user,
"request": the whole body}, and prints one: {} for no change, {"prompt": ...} for other words in their place,
{"request": ...} for another body, or {"block": why} to send nothing. Copy it to .claude/hooks/ (of the project, or of
your home) and it runs.
"""

import json
import re
import sys

# What a secret of each kind looks like. Only what can hardly be anything else: a prompt is no place for false alarms.
PATTERNS = [
    ("private key", r"-----BEGIN (?:[A-Z]+ )*PRIVATE KEY-----[\s\S]*?(?:-----END (?:[A-Z]+ )*PRIVATE KEY-----|\Z)"),
    ("AWS access key", r"\b(?:AKIA|ASIA)[0-9A-Z]{16}\b"),
    ("AWS secret key", r"(?i)(?<=aws_secret_access_key)(\s*[=:]\s*[\"']?)[A-Za-z0-9/+=]{40}"),
    ("GitHub token", r"\b(?:gh[pousr]_[A-Za-z0-9]{36,}|github_pat_[A-Za-z0-9_]{50,})\b"),
    ("GitLab token", r"\bglpat-[A-Za-z0-9_-]{20,}"),
    ("OpenAI key", r"\bsk-(?:proj-|svcacct-|ant-[a-z0-9]+-)?[A-Za-z0-9_-]{20,}"),
    ("Slack token", r"\bxox[abeoprs]-[A-Za-z0-9-]{10,}"),
    ("Google key", r"\bAIza[0-9A-Za-z_-]{35}\b"),
    ("Stripe key", r"\b[rs]k_(?:live|test)_[0-9A-Za-z]{16,}"),
    ("npm token", r"\bnpm_[A-Za-z0-9]{36}\b"),
    ("JSON web token", r"\beyJ[A-Za-z0-9_-]{10,}\.eyJ[A-Za-z0-9_-]{10,}\.[A-Za-z0-9_-]{10,}"),
    ("password in a URL", r"(?<=://)[^\s/:@]+:[^\s/@]+(?=@)"),
]


def redact(text):
    for name, pattern in PATTERNS:
        # What stands before the secret itself, in a pattern that needs it, stays.
        text = re.sub(pattern, lambda found: (found.group(1) if found.lastindex else "") + f"[{name} removed]", text)
    return text


def main():
    prompt = json.load(sys.stdin).get("prompt")
    if not isinstance(prompt, str):
        print("{}")
        return
    clean = redact(prompt)
    print(json.dumps({} if clean == prompt else {"prompt": clean}))


main()
