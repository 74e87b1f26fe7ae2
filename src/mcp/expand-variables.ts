/**
 * Puts variables in place of `${NAME}` and `${NAME:-default}`. A variable that is set counts even when it is empty; one
 * that is not, and has no default, stays as it is written (claude-code-2.1 section 3).
 */
export function expandVariables(text: string, env: NodeJS.ProcessEnv): string {
  return text.replace(/\$\{([^}]+)\}/g, (whole, inside: string) => {
    const at = inside.indexOf(':-')
    const name = at === -1 ? inside : inside.slice(0, at)
    // `${constructor}` is no variable, though every object has one.
    const value = Object.hasOwn(env, name) ? env[name] : undefined
    return value ?? (at === -1 ? whole : inside.slice(at + 2))
  })
}
