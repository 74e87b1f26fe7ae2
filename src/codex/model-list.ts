import { captureOutput } from '../process/capture-output.js'
import type { FoundCodex } from './find-codex.js'

/** The properties of a model that decide whether a request for it may be sent to another model. */
export interface CodexModel {
  readonly slug: string
  /** Lite and classic requests have different bodies (codex-0.169 section 2.3). */
  readonly shape: string
  readonly efforts: readonly string[]
}

/** Reads the models this codex knows (`codex debug models --bundled`, about 30 ms); empty when the call fails. */
export async function readModels(codex: FoundCodex, env: NodeJS.ProcessEnv): Promise<readonly CodexModel[]> {
  const options = { env: { ...env, ...codex.env }, timeoutMs: 10_000, maxBytes: 64 * 1024 * 1024 }
  const result = await captureOutput(codex.file, [...codex.argsPrefix, 'debug', 'models', '--bundled'], options)
  return 'stdout' in result ? parseModels(result.stdout) : []
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
