/**
 * Expands `${NAME}` and `${NAME:-default}`. A variable that is set to an empty text is used; one that is not set and
 * has no default stays as written (claude-code-2.1 section 3).
 */
export function expandVariables(text: string, env: NodeJS.ProcessEnv): string {
  return text.replace(/\$\{([^}]+)\}/g, (whole, inside: string) => {
    const at = inside.indexOf(':-')
    const name = at === -1 ? inside : inside.slice(0, at)
    // `${constructor}` is not a variable, although every object has that property.
    const value = Object.hasOwn(env, name) ? env[name] : undefined
    return value ?? (at === -1 ? whole : inside.slice(at + 2))
  })
}
