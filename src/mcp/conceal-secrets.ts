import { redact } from '../log/redact.js'

/** Shorter values are not treated as secrets: they occur in too many ordinary words. */
const SHORTEST = 6

/**
 * Returns a function that removes a server entry's secrets from a text: the values of its variables become `${NAME}`
 * again, those of its headers `[redacted]`. Answers of servers and error messages of the system may repeat them.
 */
export function concealer(value: unknown, env: NodeJS.ProcessEnv): (text: string) => string {
  const names = [...JSON.stringify(value).matchAll(/\$\{([^}:]+)/g)].map(([, name = '']) => name)
  const { headers } = value as { headers?: unknown }
  const known: ReadonlyArray<readonly [value: unknown, shown: string]> = [
    ...names.map((name) => [Object.hasOwn(env, name) ? env[name] : undefined, `\${${name}}`] as const),
    ...Object.values(headers ?? {}).map((header) => [header, '[redacted]'] as const),
  ]
  const secrets = known.flatMap(([secret, shown]) =>
    typeof secret === 'string' && secret.length >= SHORTEST ? [{ secret, shown }] : [],
  )
  return (text) => redact(secrets.reduce((left, { secret, shown }) => left.replaceAll(secret, () => shown), text))
}
