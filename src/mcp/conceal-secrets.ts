import { isObject } from '../json.js'
import { redact } from '../log/redact.js'

/** Shorter values are not treated as secrets: they occur in too many ordinary words. */
const SHORTEST = 4
/** Shorter lines of a value of several lines are left. */
const SHORTEST_LINE = 8
/** Names of variables whose values are secrets, not paths or names of users. */
const SECRET_NAME = /token|secret|passw|pwd|pass$|key|auth|cred|pat$|cookie|session|signature|dsn/i

/** A value of a server's entry that its outputs must not show. */
interface Secret {
  readonly value: string
  readonly shown: string
  /** Whether it is one by its name or place, and not only because it comes from a variable. */
  readonly certain: boolean
}

/**
 * Returns a function that removes a server entry's secrets from a text: the values of its variables become `${NAME}`
 * again, those of its headers and of its own secret variables `[redacted]`; also where they are encoded or broken into
 * lines. What servers print or answer, and error messages of the system, may repeat them.
 */
export function concealer(value: unknown, env: NodeJS.ProcessEnv): (text: string) => string {
  const forms = secretsOf(value, env).flatMap((secret) =>
    formsOf(secret.value).map((form) => ({ form, shown: secret.shown })),
  )
  // The longest first: one secret may be part of another.
  forms.sort((a, b) => b.form.length - a.form.length)
  return (text) => redact(forms.reduce((left, { form, shown }) => left.replaceAll(form, () => shown), text))
}

/** Returns the values of an entry that nothing may record, whatever they look like; no paths and no short ones. */
export function certainSecrets(value: unknown, env: NodeJS.ProcessEnv): string[] {
  return secretsOf(value, env).flatMap((secret) => (secret.certain && secret.value.length >= 8 ? [secret.value] : []))
}

function secretsOf(value: unknown, env: NodeJS.ProcessEnv): Secret[] {
  const { headers, env: own } = (isObject(value) ? value : {}) as { headers?: unknown; env?: unknown }
  const secrets: Secret[] = []
  const add = (text: unknown, shown: string, certain: boolean): void => {
    if (typeof text === 'string' && text.trim().length >= SHORTEST) secrets.push({ value: text, shown, certain })
  }
  for (const [, inside = ''] of (JSON.stringify(value) ?? '').matchAll(/\$\{([^}]+)\}/g)) {
    const name = inside.split(':-')[0] ?? ''
    add(Object.hasOwn(env, name) ? env[name] : undefined, `\${${name}}`, SECRET_NAME.test(name))
  }
  for (const text of isObject(headers) ? Object.values(headers) : []) add(text, '[redacted]', !isTemplate(text))
  for (const [name, text] of isObject(own) ? Object.entries(own) : []) {
    if (SECRET_NAME.test(name) && !isTemplate(text)) add(text, '[redacted]', true)
  }
  return secrets
}

function isTemplate(text: unknown): boolean {
  return typeof text === 'string' && text.includes('${')
}

/** A value as it may appear: as it is, line by line, and in the usual encodings. */
function formsOf(value: string): string[] {
  const lines = value.includes('\n') ? value.split('\n').filter((line) => line.trim().length >= SHORTEST_LINE) : []
  const whole = [value, value.trim(), JSON.stringify(value).slice(1, -1), encodeURIComponent(toWellFormed(value))]
  const encoded = value.length < SHORTEST_LINE ? [] : encodings(value)
  return [...new Set([...whole, ...encoded, ...lines.map((line) => line.trim())])].filter(
    (form) => form.length >= SHORTEST,
  )
}

function encodings(value: string): string[] {
  const bytes = Buffer.from(value)
  const base64 = bytes.toString('base64').replace(/=+$/, '')
  return [base64, bytes.toString('base64url'), bytes.toString('hex')]
}

/** Replaces half surrogates, which encodeURIComponent throws at. */
function toWellFormed(value: string): string {
  return value.replace(/[\uD800-\uDBFF](?![\uDC00-\uDFFF])|(?<![\uD800-\uDBFF])[\uDC00-\uDFFF]/g, '\uFFFD')
}
