import { basename } from 'node:path'
import { formatError } from '../../errors.js'
import type { Observer, Stage } from '../../proxy/exchange.js'
import type { ResponseEvent } from '../../stream/truncation.js'
import type { Feature, Run } from '../feature.js'
import { fileList } from '../file-list.js'

/** Tool calls that a model's server runs itself: nothing of them happens on this machine. */
const REMOTE_CALLS = new Set([
  'web_search_call',
  'file_search_call',
  'code_interpreter_call',
  'image_generation_call',
  'mcp_call',
])
/**
 * Watches what the model could change: notes its tool calls, names each file that differs from the start of the session, and
 * provides `/reload`.
 */
export function changedFilesFeature(run: Run): Feature {
  const { settings, snapshot, folder, folders, notices, log, offers } = run
  const named = new Set<string>()
  const changedLines = (): readonly string[] => {
    const fresh = snapshot.changed().filter((file) => !named.has(file))
    for (const file of fresh) named.add(file)
    if (fresh.length === 0) return []
    const line = `changed since the session began: ${fileList(fresh, folder)}. This counts at the next start, or when you type /reload.`
    notices.say(line)
    return [line]
  }
  /** The folders for which it is noted that tools of the model have run: those of all threads, as a tool may reach them all. */
  const noted = new Set<string>()
  const noteIn = (of: string): void => {
    noted.add(of)
    try {
      run.confirmedOf(of).toolRuns()
    } catch (error) {
      log.error('confirmed.write', { error: String(error) })
      notices.say(
        `what tools of the model change in ${of} cannot be told from your own edits in later runs: ${formatError(error)}. Make the state folder of codex-plus writable.`,
      )
    }
  }
  const toolRuns = (): void => folders.all().forEach(noteIn)
  offers.changedLines = changedLines
  offers.reload = () => {
    named.clear()
    const confirmed = folders.all().flatMap((of) => run.confirmedOf(of).confirm())
    const changed = [...new Set([...snapshot.reload(), ...confirmed])].sort()
    return reloadText(changed, folder)
  }
  const observer: Observer = {
    event(_request, event) {
      if (isLocalCall(event)) toolRuns()
    },
  }
  // The last stage: a command of the same request was expanded before its output counts.
  const stage: Stage = {
    name: 'changed files',
    async rewrite(request) {
      if (request.method !== 'POST' || !request.path.startsWith('/responses')) return null
      // A response in an encoding that cannot be watched: the next request has the outputs of its calls.
      if (noted.size === 0 && (await request.body.text()).includes('_call_output"')) toolRuns()
      // A folder that a thread has moved to since.
      if (noted.size > 0) for (const of of folders.all()) if (!noted.has(of)) noteIn(of)
      changedLines()
      return null
    },
  }
  return { open: async () => ({ observers: [observer], stages: settings.safe ? [] : [stage] }) }
}

function isLocalCall({ type, data }: ResponseEvent): boolean {
  if (type !== 'response.output_item.added' && type !== 'response.output_item.done') return false
  if (!data.includes('_call"')) return false
  try {
    const { item } = JSON.parse(data) as { item?: { type?: unknown } }
    return typeof item?.type === 'string' && item.type.endsWith('_call') && !REMOTE_CALLS.has(item.type)
  } catch {
    return true
  }
}

function reloadText(changed: readonly string[], folder: string): string {
  if (changed.length === 0) return 'No file of .claude has changed; everything counts as it is.'
  const lines = [`Changed, and counts from now on: ${fileList(changed, folder)}.`]
  const needsRestart = changed.some((file) => RESTART.test(file) || basename(file).startsWith('.mcp.json'))
  if (needsRestart) {
    lines.push(
      'MCP servers, the status line, pre_input and post_output hooks, and hooks and permission rules of events and tools that had none when codex started, count after a restart.',
    )
  }
  return lines.join('\n')
}

const RESTART = /[/\\]\.claude[/\\](settings(\.local)?\.json|hooks[/\\])/
