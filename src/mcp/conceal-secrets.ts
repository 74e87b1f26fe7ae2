import { redact } from '../log/redact.js'

/** Shorter values are no secrets, and stand in too many words. */
const SHORTEST = 6

/**
 * Makes what takes an entry's secrets out of a sentence: the values of its variables, which become `${NAME}` again, and of its
 * headers. What a server answers or a system complains of may repeat them.
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
