#!/usr/bin/env python3
"""A pre_input filter: removes secrets from a prompt before it leaves this machine.

It reads one JSON object from stdin: {"hook": "pre_input", "model": ..., "prompt": the newest text of the user,
"request": the whole body}, and prints one: {} for no change, {"prompt": ...} for a new text, {"request": ...} for a new
body, or {"block": reason} to send nothing. To use it, copy it to .claude/hooks/ of the project or of your home folder.
"""

import json
import re
import sys

# The kinds of secrets and their patterns: only patterns that hardly match anything else, to avoid false alarms.
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
        # If a pattern has a group before the secret itself, that text is kept.
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
