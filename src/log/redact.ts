const SECRETS: ReadonlyArray<readonly [pattern: RegExp, replacement: string]> = [
  [/\b(Bearer|Basic)\s+[A-Za-z0-9._~+/=-]{6,}/gi, '$1 [redacted]'],
  [/\beyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]*/g, '[redacted jwt]'],
  [/\bsk-[A-Za-z0-9_-]{8,}/g, '[redacted key]'],
  [
    /(\b(?:access_token|refresh_token|id_token|api[_-]?key|password|secret|cookie|set-cookie|authorization)\\?"?\s*[:=]\s*\\?"?)[^"\\\s,}]{4,}/gi,
    '$1[redacted]',
  ],
  [/(\/\/[^/@\s:]+:)[^/@\s]+@/g, '$1[redacted]@'],
  // The proxy's own path segment: 32 or more characters of base64url between slashes.
  [/(127\.0\.0\.1:\d+\/)[A-Za-z0-9_-]{32,}/g, '$1[segment]'],
]

/** The text without anything that could be used as a credential. */
export function redact(text: string): string {
  return SECRETS.reduce((result, [pattern, replacement]) => result.replace(pattern, replacement), text)
}
