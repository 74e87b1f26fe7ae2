import { z } from 'zod'
import { LOG_LEVELS } from '../log/log.js'
import { quoted, urlProblem } from './url.js'

/** The schema of a settings file of codex-plus; `schema.json` is generated from it. */
export const settingsSchema = z.strictObject({
  $schema: z.string().optional(),
  upstream: z
    .string()
    .refine(
      (value) => value === 'echo' || urlProblem(value) === null,
      'must be `echo` or a http(s) URL without credentials',
    )
    .optional()
    .describe('The upstream that requests are sent to: `echo`, or a URL. Not in a project file.'),
  echo: z.enum(['text', 'full']).optional().describe('What the echo upstream shows: the prompt, or the whole body.'),
  transport: z
    .enum(['cycletls', 'native'])
    .optional()
    .describe('How codex-plus connects to https upstreams. Not in a project file.'),
  profile: z.enum(['codex', 'chrome']).optional().describe('The TLS fingerprint of cycletls. Not in a project file.'),
  websocket: z
    .enum(['auto', 'on', 'off'])
    .optional()
    .describe(
      "Whether codex's WebSocket is carried to the server: where the handshake is codex's own (`auto`), always, or never. Not in a project file.",
    ),
  safe: z
    .boolean()
    .optional()
    .describe('Forward every byte unchanged and run nothing from .claude. Not in a project file.'),
  dialect: z
    .enum(['auto', 'claude'])
    .optional()
    .describe('The rules of slash commands; `claude` matches Claude Code exactly.'),
  commands: z.boolean().optional().describe('Whether slash commands are expanded.'),
  modules: z.boolean().optional().describe('Whether modules run.'),
  moduleTimeoutMs: z
    .int()
    .positive()
    .max(2 ** 31 - 1)
    .optional()
    .describe('The time limit of one function of a custom module, in ms (30000).'),
  allowCommands: z
    .array(z.string().min(1))
    .optional()
    .describe('The only slash commands that may run, as globs (`git:*`). A project file can only narrow the list.'),
  denyCommands: z
    .array(z.string().min(1))
    .optional()
    .describe('Slash commands that never run, as globs. A project file can only add to the list.'),
  mcp: z.boolean().optional().describe('Whether codex gets the servers of .mcp.json.'),
  protectClaude: z
    .boolean()
    .optional()
    .describe(
      "Whether `.claude` and `.mcp.json` are read-only for the model's sandboxed commands (on). Not in a project file.",
    ),
  sessions: z.boolean().optional().describe('Whether each thread is recorded. Not in a project file.'),
  sessionDays: z
    .int()
    .positive()
    .max(36_500)
    .optional()
    .describe('Recorded threads not used for this many days are removed (90). Not in a project file.'),
  sessionMegabytes: z
    .int()
    .positive()
    .max(1_000_000)
    .optional()
    .describe(
      'The maximum total size of all recorded threads, in MB; the oldest are removed first (500). Not in a project file.',
    ),
  trace: z
    .boolean()
    .optional()
    .describe('Whether each request is stored for `plus replay`, prompts included. Not in a project file.'),
  hooks: z
    .union([
      z.boolean(),
      z.strictObject({
        enabled: z.boolean().optional().describe('Whether hooks run.'),
        onError: z
          .enum(['open', 'closed'])
          .optional()
          .describe('What happens to a tool call or prompt when its hooks fail: it continues, or it is denied.'),
        timeoutMs: z
          .int()
          .positive()
          .max(2 ** 31 - 1)
          .optional()
          .describe('The time limit of a pre_input or post_output hook, in ms (5000).'),
      }),
    ])
    .optional()
    .describe('Whether and how hooks run. Not in a project file.'),
  permissions: z
    .boolean()
    .optional()
    .describe("Whether the permission rules of .claude hold for the model's tool calls. Not in a project file."),
  claudeMd: z.boolean().optional().describe('Whether codex reads CLAUDE.md where AGENTS.md is missing.'),
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
      "The time limit of a command's shell block, in ms (120000); Claude Code's BASH_DEFAULT_TIMEOUT_MS overrides it.",
    ),
  log: z
    .string()
    .min(1)
    .optional()
    .describe(`A log file, or a level: ${LOG_LEVELS.join(', ')}. Not in a project file.`),
})

/** The contents of a settings file. */
export type SettingsFile = z.infer<typeof settingsSchema>

/** Checks one key of a settings file. Returns the problem as the end of a sentence, or null if it is valid. */
export function settingProblem(key: string, value: unknown): string | null {
  const shape: Record<string, z.ZodType> = settingsSchema.shape
  const field = Object.hasOwn(shape, key) ? shape[key] : undefined
  if (!field) return `is not a setting of codex-plus (known: ${Object.keys(settingsSchema.shape).slice(1).join(', ')})`
  const result = field.safeParse(value)
  return result.success ? null : `${quoted(value)} is not valid: ${result.error.issues[0]?.message ?? 'unknown'}`
}
