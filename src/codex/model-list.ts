import { execFile } from 'node:child_process'
import type { FoundCodex } from './find-codex.js'

/** The properties of a model that decide whether a request for it may be sent to another model. */
export interface CodexModel {
  readonly slug: string
  /** Lite and classic requests have different bodies (codex-0.169 section 2.3). */
  readonly shape: string
  readonly efforts: readonly string[]
}

/** Reads the models this codex knows (`codex debug models --bundled`, about 30 ms); empty when the call fails. */
export function readModels(codex: FoundCodex, env: NodeJS.ProcessEnv): Promise<readonly CodexModel[]> {
  return new Promise((resolve) => {
    const options = { env: { ...env, ...codex.env }, timeout: 10_000, maxBuffer: 64 * 1024 * 1024 }
    execFile(codex.file, [...codex.argsPrefix, 'debug', 'models', '--bundled'], options, (error, stdout) => {
      resolve(error ? [] : parseModels(stdout))
    })
  })
}

function parseModels(text: string): CodexModel[] {
  try {
    const { models } = JSON.parse(text) as { models: Array<Record<string, unknown>> }
    return models.map((model) => ({
      slug: String(model.slug),
      shape: `${String(model.use_responses_lite)} ${String(model.tool_mode)} ${String(model.multi_agent_version)}`,
      efforts: ((model.supported_reasoning_levels ?? []) as Array<{ effort?: unknown }>).map(({ effort }) =>
        String(effort),
      ),
    }))
  } catch {
    return []
  }
}
