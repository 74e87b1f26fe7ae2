import { readMetadata } from '../../../prompt/turn.js'
import type { Stage } from '../../../proxy/exchange.js'

const RATIONALE = 'No permission rule allows it, and nobody can be asked in `codex exec`.'

/**
 * Creates the stage that answers codex's reviews of permission requests with no, so that no model decides about them: codex
 * asks one where a hook gave no answer (codex-0.169 section 7.1).
 */
export function createGuardianStage(): Stage {
  return {
    name: 'guardian',
    async rewrite({ method, path, headers }) {
      if (method !== 'POST' || !/^\/responses(\?|$)/.test(path)) return null
      if (readMetadata(headers)?.('thread_source') !== 'guardian_review') return null
      return { text: JSON.stringify({ outcome: 'deny', rationale: RATIONALE }) }
    },
  }
}
