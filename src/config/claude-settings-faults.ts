import { isObject } from '../json.js'

/** A value that Claude Code does not accept for a key it knows: it then skips the whole file. */
export interface SettingsFault {
  /** The key with the keys above it: `permissions.defaultMode`. */
  readonly key: string
  /** What the key takes, as the end of a sentence. */
  readonly expected: string
}

/** The permission modes of `permissions.defaultMode`; `manual` is another word for `default`. */
export const PERMISSION_MODES = [
  'acceptEdits',
  'auto',
  'bypassPermissions',
  'default',
  'dontAsk',
  'manual',
  'plan',
] as const

/**
 * Finds the first known key of a settings file with a wrong type or value (claude-code-2.1 section 4); null where there is
 * none. Unknown keys, unknown events and odd rules are accepted. Hooks have checks of their own.
 */
export function settingsFault(values: Readonly<Record<string, unknown>>): SettingsFault | null {
  return faultIn(values, KNOWN, '')
}

type Check = { readonly expected: string; accepts(value: unknown): boolean } | { readonly keys: Keys }
type Keys = Readonly<Record<string, Check>>

const check = (expected: string, accepts: (value: unknown) => boolean): Check => ({ expected, accepts })
const text = check('a text', (value) => typeof value === 'string')
const flag = check('true or false', (value) => typeof value === 'boolean')
const texts = check(
  'a list of texts',
  (value) => Array.isArray(value) && value.every((entry) => typeof entry === 'string'),
)
const object = check('an object', isObject)
const oneOf = (...words: readonly string[]): Check =>
  check(`one of ${words.join(', ')}`, (value) => typeof value === 'string' && words.includes(value))
const number = (least: number, most = Number.POSITIVE_INFINITY): Check =>
  check(
    most === Number.POSITIVE_INFINITY ? `a number of at least ${least}` : `a number from ${least} to ${most}`,
    (value) => typeof value === 'number' && value >= least && value <= most,
  )

const KNOWN: Keys = {
  $schema: text,
  apiKeyHelper: text,
  awsAuthRefresh: text,
  awsCredentialExport: text,
  otelHeadersHelper: text,
  model: text,
  outputStyle: text,
  language: text,
  plansDirectory: text,
  forceLoginOrgUUID: text,
  cleanupPeriodDays: number(0),
  bashOutputMaxChars: number(4000, 128_000),
  feedbackSurveyRate: number(0, 1),
  includeCoAuthoredBy: flag,
  includeGitInstructions: flag,
  disableAllHooks: flag,
  disableSkillShellExecution: flag,
  enableAllProjectMcpServers: flag,
  allowManagedHooksOnly: flag,
  allowManagedPermissionRulesOnly: flag,
  allowManagedMcpServersOnly: flag,
  alwaysThinkingEnabled: flag,
  bashEditDiffEnabled: flag,
  respectGitignore: flag,
  showTurnDuration: flag,
  spinnerTipsEnabled: flag,
  prefersReducedMotion: flag,
  skipWebFetchPreflight: flag,
  skipDangerousModePermissionPrompt: flag,
  terminalProgressBarEnabled: flag,
  enabledMcpjsonServers: texts,
  disabledMcpjsonServers: texts,
  availableModels: texts,
  deniedModels: texts,
  companyAnnouncements: texts,
  allowedHttpHookUrls: texts,
  httpHookAllowedEnvVars: texts,
  forceLoginMethod: oneOf('claudeai', 'console'),
  autoUpdatesChannel: oneOf('latest', 'stable'),
  teammateMode: oneOf('auto', 'in-process', 'tmux'),
  effortLevel: oneOf('low', 'medium', 'high', 'xhigh', 'max'),
  maxEffortLevel: oneOf('low', 'medium', 'high', 'xhigh', 'max'),
  env: object,
  hooks: object,
  enabledPlugins: object,
  extraKnownMarketplaces: object,
  pluginConfigs: object,
  sandbox: object,
  attribution: object,
  worktree: object,
  statusLine: {
    keys: {
      type: oneOf('command'),
      command: text,
      padding: number(0),
      refreshInterval: number(0),
    },
  },
  permissions: {
    keys: {
      allow: texts,
      deny: texts,
      ask: texts,
      additionalDirectories: texts,
      defaultMode: oneOf(...PERMISSION_MODES),
      disableBypassPermissionsMode: oneOf('disable'),
    },
  },
}

function faultIn(values: Readonly<Record<string, unknown>>, keys: Keys, above: string): SettingsFault | null {
  for (const [name, known] of Object.entries(keys)) {
    const value = Object.hasOwn(values, name) ? values[name] : undefined
    if (value === undefined) continue
    const key = `${above}${name}`
    if ('keys' in known) {
      if (!isObject(value)) return { key, expected: 'an object' }
      const inner = faultIn(value, known.keys, `${key}.`)
      if (inner !== null) return inner
    } else if (!known.accepts(value)) return { key, expected: known.expected }
  }
  return null
}
