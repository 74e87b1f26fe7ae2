import { z } from 'zod'
import { LOG_LEVELS } from '../log/log.js'
import { quoted, urlProblem } from './url.js'

/** What a settings file of codex-plus may hold; `schema.json` is made from it. */
export const settingsSchema = z.strictObject({
  $schema: z.string().optional(),
  upstream: z
    .string()
    .refine(
      (value) => value === 'echo' || urlProblem(value) === null,
      'must be `echo` or a http(s) URL without credentials',
    )
    .optional()
    .describe('Where model calls go: `echo`, or a URL. Not in a project file.'),
  echo: z.enum(['text', 'full']).optional().describe('What the echo upstream shows: the prompt, or the whole body.'),
  transport: z
    .enum(['cycletls', 'native'])
    .optional()
    .describe('How https upstreams are reached. Not in a project file.'),
  profile: z.enum(['codex', 'chrome']).optional().describe('The TLS fingerprint of cycletls. Not in a project file.'),
  websocket: z
    .enum(['auto', 'on', 'off'])
    .optional()
    .describe(
      "Whether codex's WebSocket is carried to the server: where the handshake is codex's own (`auto`), always, or never. Not in a project file.",
    ),
  safe: z.boolean().optional().describe('Pass every byte through and run nothing of .claude. Not in a project file.'),
  dialect: z.enum(['auto', 'claude']).optional().describe('Whose rules slash commands follow where the two differ.'),
  commands: z.boolean().optional().describe('Whether slash commands are expanded.'),
  modules: z.boolean().optional().describe('Whether modules work on prompts.'),
  moduleTimeoutMs: z
    .int()
    .positive()
    .max(2 ** 31 - 1)
    .optional()
    .describe('How long one function of a custom module may take, in ms (30000).'),
  allowCommands: z
    .array(z.string().min(1))
    .optional()
    .describe('The only slash commands that run, as globs (`git:*`). A project file can only narrow it.'),
  denyCommands: z
    .array(z.string().min(1))
    .optional()
    .describe('Slash commands that never run, as globs. A project file can only add to it.'),
  mcp: z.boolean().optional().describe('Whether the servers of .mcp.json are given to codex.'),
  sessions: z.boolean().optional().describe('Whether each thread is recorded. Not in a project file.'),
  sessionDays: z
    .int()
    .positive()
    .max(36_500)
    .optional()
    .describe('Recorded threads that nobody worked on for so many days are removed (90). Not in a project file.'),
  sessionMegabytes: z
    .int()
    .positive()
    .max(1_000_000)
    .optional()
    .describe('So much is kept of all recorded threads; the oldest go first (500). Not in a project file.'),
  trace: z
    .boolean()
    .optional()
    .describe('Whether each request is kept for `plus replay`, prompts and all. Not in a project file.'),
  hooks: z
    .union([
      z.boolean(),
      z.strictObject({
        enabled: z.boolean().optional().describe('Whether hooks run.'),
        onError: z
          .enum(['open', 'closed'])
          .optional()
          .describe('What becomes of a tool or prompt whose hooks could not be asked: it goes on, or it is denied.'),
        timeoutMs: z
          .int()
          .positive()
          .max(2 ** 31 - 1)
          .optional()
          .describe('How long a pre_input or post_output hook may take, in ms (5000).'),
      }),
    ])
    .optional()
    .describe('Whether hooks run, and how. Not in a project file.'),
  claudeMd: z.boolean().optional().describe('Whether CLAUDE.md is read where there is no AGENTS.md.'),
  statusLine: z
    .boolean()
    .optional()
    .describe(
      "Whether `statusLine` of .claude/settings.json is shown in the terminal's title (off). Not in a project file.",
    ),
  shellTimeoutMs: z
    .int()
    .positive()
    .max(2 ** 31 - 1)
    .optional()
    .describe(
      "How long a shell block of a command may take, in ms (120000); Claude Code's BASH_DEFAULT_TIMEOUT_MS wins.",
    ),
  log: z
    .string()
    .min(1)
    .optional()
    .describe(`A log file, or a level: ${LOG_LEVELS.join(', ')}. Not in a project file.`),
})

/** The contents of a settings file. */
export type SettingsFile = z.infer<typeof settingsSchema>

/** What is wrong with one key of a settings file, as the end of a sentence; null where nothing is. */
export function settingProblem(key: string, value: unknown): string | null {
  const shape: Record<string, z.ZodType> = settingsSchema.shape
  const field = Object.hasOwn(shape, key) ? shape[key] : undefined
  if (!field) return `is no setting of codex-plus (known: ${Object.keys(settingsSchema.shape).slice(1).join(', ')})`
  const result = field.safeParse(value)
  return result.success ? null : `${quoted(value)} is not valid: ${result.error.issues[0]?.message ?? 'unknown'}`
}
