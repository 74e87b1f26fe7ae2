import { join } from 'node:path'
import type { CodexInvocation } from '../codex/parse-arguments.js'
import { isObject } from '../json.js'
import { codexHome } from '../paths.js'
import { parseTomlValue, readToml } from './toml.js'

/** The actions that send a draft or move to its beginning, with their default keys, by codex's names. */
const NEEDED = { submit: ['enter'], queue: ['tab'], move_line_start: ['home', 'ctrl-a'] } as const

/**
 * Returns the first of these actions that the user's keymap (`tui.keymap.<context>.<action>`, codex 0.169) moves off its
 * default key, as the name of the setting; null when all have their default keys.
 */
export function movedAction(invocation: CodexInvocation, env: NodeJS.ProcessEnv): string | null {
  for (const layer of keymaps(invocation, env)) {
    for (const [context, actions] of Object.entries(asTable(layer))) {
      for (const [action, keys] of Object.entries(NEEDED)) {
        const bound = asTable(actions)[action]
        if (bound === undefined) continue
        const list = Array.isArray(bound) ? (bound as unknown[]) : [bound]
        if (!keys.every((key) => list.includes(key))) return `tui.keymap.${context}.${action}`
      }
    }
  }
  return null
}

function keymaps(invocation: CodexInvocation, env: NodeJS.ProcessEnv): unknown[] {
  const home = codexHome(env)
  const { profile } = invocation
  const names = ['config.toml', ...(profile !== null && /^[\w.-]+$/.test(profile) ? [`${profile}.config.toml`] : [])]
  const files = invocation.ignoreUserConfig ? [] : names.map((name) => readToml(join(home, name), ['keymap']))
  const tables = files.map((file) => (file !== null && 'values' in file ? file.values : {}))
  const overrides = invocation.overrides.map(({ key, value }) =>
    key.split('.').reduceRight<unknown>((inner, part) => ({ [part]: inner }), parseTomlValue(value)),
  )
  return [...tables, ...overrides].map((table) => asTable(asTable(table).tui).keymap)
}

function asTable(value: unknown): Record<string, unknown> {
  return isObject(value) ? value : {}
}
