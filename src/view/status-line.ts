import { isProjectScope, readSettingsLayers, type SettingsFolder } from '../config/claude-settings.js'
import { captureOutput } from '../process/capture-output.js'
import type { Tokens } from '../session/session-entry.js'

/** The status line's command, and the file that names it. */
export interface StatusLine {
  readonly command: string
  readonly source: string
}

/**
 * Finds `statusLine` in Claude Code's settings, the file with the highest precedence first; a project's is used only in a
 * trusted folder. Returns null if no file sets it.
 */
export function findStatusLine(options: SettingsFolder & { readonly trusted: boolean }): StatusLine | null {
  const { layers } = readSettingsLayers(options)
  for (const { scope, file, values } of layers.toReversed()) {
    if (isProjectScope(scope) && !options.trusted) continue
    const { type, command } = (values.statusLine ?? {}) as { type?: unknown; command?: unknown }
    if (type === 'command' && typeof command === 'string' && command !== '') return { command, source: file }
  }
  return null
}

/** The facts about a run that its status line can show. Times in ms. */
export interface StatusFacts {
  readonly threadId: string | null
  readonly model: string | null
  readonly cwd: string
  readonly projectDir: string
  readonly version: string
  readonly tokens: Tokens
  readonly totalMs: number
  readonly apiMs: number
}

/** Returns the JSON that Claude Code gives a status line on stdin (https://code.claude.com/docs/en/statusline). */
export function statusInput(facts: StatusFacts): object {
  const { threadId, model, cwd, projectDir, version, tokens, totalMs, apiMs } = facts
  return {
    hook_event_name: 'Status',
    session_id: threadId ?? '',
    transcript_path: '',
    cwd,
    model: { id: model ?? '', display_name: model ?? 'codex' },
    workspace: { current_dir: cwd, project_dir: projectDir },
    version,
    output_style: { name: 'default' },
    cost: {
      // codex does not report the cost of a turn.
      total_cost_usd: 0,
      total_duration_ms: totalMs,
      total_api_duration_ms: apiMs,
      total_lines_added: 0,
      total_lines_removed: 0,
    },
    context_window: { total_input_tokens: tokens.input, total_output_tokens: tokens.output },
  }
}

const TIMEOUT_MS = 5000

/** Runs a status line. Returns the first line it prints, without colours; null if it fails or prints nothing. */
export async function runStatusLine(
  command: string,
  input: object,
  options: { cwd: string; env: NodeJS.ProcessEnv; signal: AbortSignal },
): Promise<string | null> {
  const run = { ...options, timeoutMs: TIMEOUT_MS, input: JSON.stringify(input) }
  const result = await captureOutput('/bin/sh', ['-c', command], run)
  if ('failure' in result) return null
  const [first = ''] = withoutStyle(result.stdout).split('\n')
  return first.trim() || null
}

/** Removes escape sequences (a title has no colours or links) and keeps their text. */
function withoutStyle(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: the expression matches escape sequences
  return text.replace(/\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)|[@-_])/g, '')
}
