import { findUserTexts } from '../../src/prompt/user-text.js'
import type { JsonObject } from '../../src/request/request-body.js'
import {
  type Reply,
  type ScriptedUpstream,
  type SeenRequest,
  says,
  startScriptedUpstream,
} from '../fixtures/upstream/scripted.js'
import { scaled } from '../time.js'
import { CODEX_PLUS, type Lab, makeLab } from './lab.js'
import { openScreen, type Screen, type ScreenOptions } from './screen.js'

export const [UP, LEFT] = ['\x1b[A', '\x1b[D']

/** The bytes of a paste. */
export const paste = (text: string): string => `\x1b[200~${text}\x1b[201~`

/** A pause, in ms. */
export const soon = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))

/** codex-plus in a terminal, with commands that say what they were given, and a model that answers. */
export interface Composer {
  readonly screen: Screen
  readonly lab: Lab
  readonly upstream: ScriptedUpstream
  /** What the user said in the newest turn, as the upstream got it. */
  prompts(): string[]
  /** The requests for a thread's title. */
  titles(): JsonObject[]
  /** Does `act` and waits until the upstream has got one more prompt and the composer is empty; returns the prompt. */
  sending(act: () => Promise<void> | void): Promise<string>
  /** Waits until the upstream has got `count` prompts in the newest turn. */
  arrived(count: number): Promise<void>
  /** Types key by key, then sends `end`. */
  type(text: string, end?: string): Promise<void>
  /** Pastes, waits for the echo of the last word, and sends `end`. */
  paste(text: string, end?: string): Promise<void>
  /** Empties the composer. */
  clear(): Promise<void>
  close(): Promise<void>
}

export interface ComposerSetup extends ScreenOptions {
  readonly args?: string[]
  /** Lines of codex's own configuration. */
  readonly config?: string
  readonly reply?: (request: SeenRequest) => Reply
  /** Puts files of the project in place. */
  readonly files?: Record<string, string>
}

/** Starts it, and waits until codex takes keys. */
export async function openComposer({
  args = [],
  config = '',
  reply = () => [says('the answer')],
  files = {},
  ...options
}: ComposerSetup = {}): Promise<Composer> {
  const upstream = await startScriptedUpstream((_, request) => reply(request))
  const lab = makeLab('apikey', `openai_base_url = "${upstream.url}"\n${config}`)
  for (const name of ['foo', 'ns/moo', 'pla', 're', 'review']) {
    lab.write(`.claude/commands/${name}.md`, `${name.toUpperCase()}<$ARGUMENTS>`)
  }
  for (const [path, text] of Object.entries(files)) lab.write(path, text)
  const screen = openScreen(lab, CODEX_PLUS, args, {}, options)
  await screen.waitFor(/› Ask Codex/)
  await screen.waitFor(/GPT-/)

  const empty = /› Ask Codex/
  const ofSource = (source: string): SeenRequest[] =>
    upstream.turns.filter(
      ({ headers }) => JSON.parse(String(headers['x-codex-turn-metadata'] ?? '{}')).thread_source === source,
    )
  const prompts = (): string[] => findUserTexts(ofSource('user').at(-1)?.body ?? {}).map(({ text }) => text)
  const arrived = async (count: number): Promise<void> => {
    for (let waited = 0; prompts().length < count; waited += 20) {
      if (waited > scaled(30_000)) throw new Error(`nothing was sent:\n${screen.text()}`)
      await soon(20)
    }
  }
  const shows = (text: string): boolean => {
    const composer = screen.text().split('›').at(-1) ?? ''
    return composer.replace(/\s/g, '').includes(text.replace(/\s/g, '').slice(-12))
  }
  return {
    screen,
    lab,
    upstream,
    prompts,
    titles: () => ofSource('thread_title').map(({ body }) => body),
    async sending(act) {
      const count = prompts().length
      await act()
      await arrived(count + 1)
      await screen.waitFor(empty)
      return prompts().at(-1) ?? ''
    },
    arrived,
    async type(text, end = '') {
      await screen.type(text)
      if (end) screen.send(end)
    },
    async paste(text, end = '') {
      screen.send(paste(text))
      await screen.waitFor(() => shows(text))
      if (end) screen.send(end)
    },
    async clear() {
      screen.send('\x03')
      await screen.waitFor(empty)
    },
    async close() {
      await screen.close()
      lab.remove()
      await upstream.close()
    },
  }
}
