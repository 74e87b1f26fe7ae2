import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { splitFrontMatter } from '../../src/commands/front-matter.js'
import { readWrittenFrontMatter } from '../../src/commands/write-front-matter.js'
import { silentLog } from '../../src/log/log.js'
import { type Conversation, readConversation } from '../../src/session/conversation.js'
import { exportSession, renderSession } from '../../src/session/export-session.js'
import { findSessions, resolveThread } from '../../src/session/find-sessions.js'
import { loadSession } from '../../src/session/load-session.js'
import type { SessionEntry, Tokens } from '../../src/session/session-entry.js'
import { overLimits, prune, pruneHourly, sessionFiles } from '../../src/session/session-folder.js'
import { openStore } from '../../src/session/session-store.js'
import { scaled } from '../time.js'

let root: string
let folder: string
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'codex-plus-export-'))
  folder = join(root, 'sessions')
})
afterEach(() => rmSync(root, { recursive: true, force: true }))

const HOSTILE = '</pre><script>alert(1)</script><img src=x onerror="alert(2)"> & \'q\' ```` fence'
const TOKENS: Tokens = { input: 1200, cached: 1000, output: 34, reasoning: 5, total: 1234 }
const run = (thread: string, project = '/projects/p', kind: 'user' | 'title' = 'user'): SessionEntry => ({
  type: 'run',
  thread,
  kind,
  project,
  parent: null,
  forkedFrom: null,
  agent: null,
  model: 'gpt-6.1-sol',
  effort: 'low',
  version: '0.1.0',
})
const prompt = (turn: string, typed: string, sent: string | null = null): SessionEntry => ({
  type: 'prompt',
  turn,
  message: `m-${turn}-${typed.length}`,
  typed,
  sent,
  images: 0,
  local: false,
})
const answer = (turn: string, text: string): SessionEntry => ({
  type: 'answer',
  turn,
  text,
  phase: null,
  local: false,
  partial: false,
})
const call = (turn: string, name: string, input: string): SessionEntry => ({
  type: 'call',
  turn,
  call: 'c1',
  name,
  input,
})
const request = (turn: string, error: string | null = null): SessionEntry => ({
  type: 'request',
  turn,
  kind: 'turn',
  model: 'gpt-6.1-sol',
  effort: 'low',
  status: 200,
  end: 'complete',
  error,
  ms: 1234,
  steps: { read: 1, commands: 2.5 },
  firstEventMs: 400,
  bytes: { came: 1000, sent: 2000 },
  tokens: TOKENS,
})

function write(thread: string, ...entries: SessionEntry[]): void {
  const store = openStore({ folder, fileLimit: 1e9, log: silentLog })
  for (const entry of entries) store.append(thread, entry)
  store.close()
}
/** A thread in which every text is hostile to HTML and Markdown. */
function hostileThread(): Conversation {
  write(
    'thread-aaaa1111',
    run('thread-aaaa1111', `/projects/${HOSTILE}`),
    prompt('t1', `/cmd ${HOSTILE}`, `sent: ${HOSTILE}`),
    call('t1', `tool ${HOSTILE}`, `input ${HOSTILE}`),
    { type: 'result', turn: 't1', call: 'c1', output: `output ${HOSTILE}` },
    { type: 'reasoning', turn: 't1', text: `thought ${HOSTILE}` },
    {
      type: 'hook',
      turn: 't1',
      event: 'PreToolUse',
      blocked: true,
      decision: 'deny',
      reason: `reason ${HOSTILE}`,
      runs: [{ command: `command ${HOSTILE}`, outcome: 'blocked', ms: 3 }],
    },
    answer('t1', `answer ${HOSTILE}`),
    request('t1', `error ${HOSTILE}`),
  )
  return loadSession(folder, 'thread-aaaa1111')
}

/** The page of a thread with one answer, from that answer on. */
function answerHtml(text: string): string {
  rmSync(folder, { recursive: true, force: true })
  write('thread-bbbb2222', run('thread-bbbb2222'), answer('t1', text))
  const page = renderSession(loadSession(folder, 'thread-bbbb2222'), 'html')
  const begin = '<div class="answer"><h3>Assistant</h3>'
  return page.slice(page.indexOf(begin) + begin.length, page.lastIndexOf('</div>'))
}

describe('an export', () => {
  it('as HTML escapes everything, loads nothing and runs nothing', () => {
    const html = renderSession(hostileThread(), 'html')
    const body = html.slice(html.indexOf('<body>'))
    expect(body).not.toMatch(/<(script|img|iframe|link|object)/i)
    expect(html).not.toMatch(/<[^>]*(src|href)=|url\(|@import/)
    expect(html).toContain(`content="default-src 'none'; style-src 'unsafe-inline'"`)
    expect(html).toContain('prefers-color-scheme: dark')
    for (const what of [
      '/cmd',
      'sent:',
      'input',
      'output',
      'thought',
      'reason',
      'command',
      'answer',
      'error',
      'tool',
    ]) {
      expect(body).toContain(`${what} &lt;/pre&gt;&lt;script&gt;`)
    }
    expect(body.match(/<(\w+)/g)?.every((tag) => !/script/.test(tag))).toBe(true)
  })

  it('as HTML keeps the columns of fenced code, and escapes it too', () => {
    const html = answerHtml('before\n\n```ts\na  <b>\n```\n\n    \n    c  <d>\n\nafter')
    expect(html).toContain(
      '<p>before</p>\n<pre class="code">\na  &lt;b&gt;</pre>\n<pre class="code">\nc  &lt;d&gt;</pre>\n<p>after</p>',
    )
  })

  it('as HTML renders the Markdown of an answer, its headings below those of the page', () => {
    const html = answerHtml('# One\n\n- *two* `<three>`\n\n| a | b |\n|---|---|\n| 1 | <i> |\n\n> four')
    expect(html).toContain('<h4>One</h4>\n<ul>\n<li><em>two</em> <code>&lt;three&gt;</code></li>\n</ul>')
    expect(html).toContain('<td>1</td>\n<td>&lt;i&gt;</td>')
    expect(html).toContain('<blockquote>\n<p>four</p>\n</blockquote>')
  })

  it.each([
    ['a script', '<script>alert(1)</script>'],
    ['a script in Markdown', '# <script>alert(1)</script>\n\n**<script>x</script>** `<script>`\n\n- <script>'],
    ['a block of HTML', '<div onclick="alert(1)">\n\n*x*\n\n</div>\n\n<iframe src="https://x.test"></iframe>'],
    ['an end of the page', '</div></section></main></body></html><script>alert(1)</script>'],
    ['a comment', '<!-- --><script>alert(1)</script>'],
    ['the language of code', '```js"><script>alert(1)</script>\ncode\n```'],
    ['an attribute in a title', '[a](https://x.test "t\\" onmouseover=\\"alert(1)")'],
    ['an attribute in an address', '[a](https://x.test/"onmouseover="alert(1))'],
    ['an image', '![a](https://x.test/pixel.png) ![b](data:image/png;base64,AAAA)'],
  ])('as HTML stays inert with %s in an answer', (_, text) => {
    const answer = answerHtml(text)
    expect(answer).not.toMatch(/<(script|img|iframe|div|link|object|style|svg|\/div|\/section)/i)
    expect(answer).not.toMatch(/<[^>"]*("[^"]*"[^>"]*)*\s(on\w+|src|style)\s*=/i)
  })

  it.each([
    ['[x](javascript:alert(1))'],
    ['[x](JavaScript:alert(1))'],
    ['[x](javascript&colon;alert(1))'],
    ['[x](<java\tscript:alert(1)>)'],
    ['[x](&#x6A;avascript:alert(1))'],
    ['[x](vbscript:x)'],
    ['[x](data:text/html;base64,PHNjcmlwdD4=)'],
    ['[x](file:///etc/passwd)'],
    ['[x](//x.test/y)'],
    ['[x](/etc/passwd)'],
    ['[x](#turn-1)'],
    ['<javascript:alert(1)>'],
    ['[x]\n\n[x]: javascript:alert(1)'],
    ['![x](javascript:alert(1))'],
    ['ftp://x.test/y'],
  ])('as HTML has no link for %s', (text) => {
    expect(answerHtml(text)).not.toMatch(/<a\b|href/)
  })

  it('as HTML has links to http, https and mailto', () => {
    const hrefs = (text: string): string[] =>
      [...answerHtml(text).matchAll(/ href="([^"]*)"/g)].map(([, to = '']) => to)
    expect(hrefs('[x](http://x.test/?a=1&b=2) <https://y.test/> https://z.test [m](mailto:a@b.test)')).toEqual([
      'http://x.test/?a=1&amp;b=2',
      'https://y.test/',
      'https://z.test',
      'mailto:a@b.test',
    ])
    expect(hrefs('![alt](https://x.test/pixel.png)')).toEqual(['https://x.test/pixel.png'])
  })

  it.each(['md', 'html'] as const)('as %s spells out what acts on a terminal or turns text around', (format) => {
    const evil = 'a\u001b[31mred\u001b]52;c;AAAA\u0007 \u009b2J\u0000 \u202etxt.exe\u2066 \r'
    const id = 'thread-aaaa1111'
    write(id, run(id, `/p/${evil}`), prompt('t', evil, `sent ${evil}`), call('t', evil, evil), answer('t', evil))
    const text = renderSession(loadSession(folder, id), format)
    expect(text).not.toMatch(/(?![\n\t])\p{Cc}|[\u202a-\u202e\u2066-\u2069]/u)
    expect(text).toContain('a\\x1b[31mred')
    expect(text).toContain('\\u202etxt.exe')
    if (format === 'html') expect(answerHtml('&#x202e; &#27;[2J')).toMatch(/\\u202e .*\[2J/)
  })

  it('as HTML takes an answer that is made to cost time', () => {
    const parts = ['>', '[', '*a ', '- ', '`a', '<a ', '![[](', '**_', '_a_a', 'a@a.', '~~a', '&#x202e;', '|a', '[](<']
    const nested = Array.from({ length: 500 }, (_, depth) => `${' '.repeat(depth * 2)}- a`).join('\n')
    const begun = performance.now()
    for (const part of parts) expect(answerHtml(part.repeat(10_000))).toMatch(/>\n$/)
    expect(answerHtml(nested)).toMatch(/>\n$/)
    expect(performance.now() - begun).toBeLessThan(scaled(20_000))
  })

  it('as HTML has the typed and the sent form side by side, and every tag closed', () => {
    const html = renderSession(hostileThread(), 'html')
    expect(html).toMatch(
      /class="prompt pair"><div><h3>You typed<\/h3><pre>[^<]*<\/pre><\/div><div><h3>Sent to the model/,
    )
    for (const tag of ['div', 'pre', 'details', 'section', 'table', 'tr', 'td', 'h3', 'dl', 'main', 'body', 'html']) {
      const open = html.match(new RegExp(`<${tag}[ >]`, 'g'))?.length ?? 0
      expect([tag, html.split(`</${tag}>`).length - 1]).toEqual([tag, open])
    }
    expect(html).toContain('1,200 in (1,000 cached), 34 out (5 reasoning)')
    expect(html).toContain('read 1 ms, commands 2.5 ms')
  })

  it('as Markdown keeps each text in a fence that is longer than any in it', () => {
    const markdown = renderSession(hostileThread(), 'md')
    expect(markdown).toContain(`### You typed\n\n\`\`\`\`\`text\n/cmd ${HOSTILE}\n\`\`\`\`\`\n\n### Sent to the model`)
    expect(markdown).toContain('### Hook PreToolUse: blocked')
    expect(markdown).toMatch(/- tokens: 1,200 in \(1,000 cached\), 34 out \(5 reasoning\)/)
  })

  it('as Markdown says in its front matter what it is', () => {
    const title = 'say: "---" and # \u001b[2J'
    write('thread-aaaa1111', run('thread-aaaa1111', '/projects/a: b'), prompt('t1', title), answer('t1', '---\nx'))
    const conversation = loadSession(folder, 'thread-aaaa1111')
    const markdown = renderSession(conversation, 'md')
    const { frontMatter, body } = readWrittenFrontMatter(markdown)
    expect(frontMatter).toEqual({
      title,
      date: conversation.started,
      thread: 'thread-aaaa1111',
      cwd: '/projects/a: b',
      model: 'gpt-6.1-sol',
    })
    expect(body).toMatch(/^\n# say: "---" and # \\x1b\[2J\n[\s\S]*\n### Assistant\n\n---\nx\n$/)
    expect(splitFrontMatter(markdown).frontMatter).toEqual(frontMatter)
  })

  it('as JSON is the conversation', () => {
    const conversation = hostileThread()
    expect(JSON.parse(renderSession(conversation, 'json'))).toEqual(conversation)
    expect(conversation.turns[0]?.steps.map(({ type }) => type)).toEqual([
      'prompt',
      'tool',
      'reasoning',
      'hook',
      'answer',
    ])
  })

  it('goes to new files beside each other, in the place that was named, and overwrites nothing', () => {
    hostileThread()
    const cwd = join(root, 'project')
    mkdirSync(cwd)
    const save = (name: string): string[] =>
      exportSession({ folder, thread: 'thread-aaaa1111', name, cwd, home: root, formats: ['md', 'json'] })
    const today = new Date().toISOString().slice(0, 10)
    const base = join(cwd, `codex-session-${today}-aaaa1111`)
    expect(save('')).toEqual([`${base}.md`, `${base}.json`])
    expect(save('')).toEqual([`${base}-2.md`, `${base}-2.json`])
    expect(save('notes.md')).toEqual([join(cwd, 'notes.md'), join(cwd, 'notes.json')])
    expect(save('deep/er/x')).toEqual([join(cwd, 'deep/er/x.md'), join(cwd, 'deep/er/x.json')])
    expect(save('~/kept/')[0]).toMatch(/\/kept\/codex-session-.*\.md$/)
    expect(statSync(`${base}.md`).mode & 0o777).toBe(0o600)
    writeFileSync(join(cwd, 'half.json'), 'mine')
    expect(save('half')[0]).toBe(join(cwd, 'half-2.md'))
    expect(readFileSync(join(cwd, 'half.json'), 'utf8')).toBe('mine')
    expect(existsSync(join(cwd, 'half.md'))).toBe(false)
    expect(() => save('notes.md/x')).toThrowError(/cannot be written \(E(NOTDIR|EXIST)\)/)
  })

  it('of a thread that was not recorded names it', () => {
    expect(() => loadSession(folder, 'nobody')).toThrowError('thread nobody was not recorded.')
  })
})

describe('a conversation', () => {
  it('is whole where two processes wrote by turns, and says nothing twice', () => {
    const twice = prompt('t1', 'hello')
    const at = '2026-01-01T00:00:00.000Z'
    const entries = [run('a'), twice, prompt('t2', 'other'), twice, answer('t2', 'b'), answer('t1', 'a'), request('t1')]
    const conversation = readConversation(entries.map((entry) => ({ at, ...entry })))
    expect(conversation?.turns.map(({ id, steps }) => [id, steps.length])).toEqual([
      ['t1', 2],
      ['t2', 2],
    ])
    expect(conversation?.tokens).toEqual(TOKENS)
  })

  it('has what belongs to no turn in the turn it came before, or after the last', () => {
    const hook = (event: string): SessionEntry => ({
      type: 'hook',
      turn: '',
      event,
      blocked: false,
      decision: null,
      reason: null,
      runs: [],
    })
    const at = '2026-01-01T00:00:00.000Z'
    const entries = [
      hook('SessionStart'),
      run('a'),
      prompt('t1', 'x'),
      hook('other'),
      prompt('t2', 'y'),
      hook('SessionEnd'),
    ]
    const conversation = readConversation(entries.map((entry) => ({ at, ...entry })))
    expect(
      conversation?.turns.map(({ steps }) => steps.map((step) => (step.type === 'hook' ? step.event : 'you'))),
    ).toEqual([
      ['SessionStart', 'you'],
      ['other', 'you', 'SessionEnd'],
    ])
  })
})

describe('finding sessions', () => {
  beforeEach(() => {
    write(
      'thread-1-aaaa',
      run('thread-1-aaaa', '/projects/p'),
      prompt('t', 'about Foxes'),
      answer('t', 'They are red.'),
    )
    write('thread-2-bbbb', run('thread-2-bbbb', '/projects/p/sub'), prompt('t', 'two\n "quoted" words'))
    write('thread-3-bbbc', run('thread-3-bbbc', '/projects/other', 'title'), prompt('t', 'a title'))
    for (const [index, name] of ['thread-1-aaaa', 'thread-2-bbbb', 'thread-3-bbbc'].entries()) {
      const time = new Date(Date.UTC(2026, 0, 1 + index))
      utimesSync(join(folder, `${name}.jsonl`), time, time)
    }
  })
  const found = (query: Parameters<typeof findSessions>[1]): string[] =>
    findSessions(folder, query).map(({ thread }) => thread)

  it('the newest first; by text, project, time and number', () => {
    expect(found({})).toEqual(['thread-2-bbbb', 'thread-1-aaaa'])
    expect(found({ all: true })).toEqual(['thread-3-bbbc', 'thread-2-bbbb', 'thread-1-aaaa'])
    expect(found({ text: 'FOXES' })).toEqual(['thread-1-aaaa'])
    expect(found({ text: 'are red' })).toEqual(['thread-1-aaaa'])
    expect(found({ text: 'two\n "quoted"' })).toEqual(['thread-2-bbbb'])
    expect(found({ text: 'gpt-6.1' })).toEqual([])
    expect(found({ project: '/projects/p/sub' })).toEqual(['thread-2-bbbb'])
    expect(found({ project: '/projects/p' })).toHaveLength(2)
    expect(found({ since: Date.UTC(2026, 0, 2) })).toEqual(['thread-2-bbbb'])
    expect(found({ until: Date.UTC(2026, 0, 1, 12) })).toEqual(['thread-1-aaaa'])
    expect(found({ limit: 1 })).toEqual(['thread-2-bbbb'])
  })

  it('by a part of an id that no other has', () => {
    expect(resolveThread(folder, 'aaaa')).toBe('thread-1-aaaa')
    expect(resolveThread(folder, 'thread-2')).toBe('thread-2-bbbb')
    expect(resolveThread(folder, 'last')).toBe('thread-2-bbbb')
    expect(() => resolveThread(folder, 'thread')).toThrowError("3 sessions match 'thread'.")
    expect(() => resolveThread(folder, 'x')).toThrowError("there is no session 'x'.")
    expect(() => resolveThread(folder, '')).toThrowError("there is no session ''.")
  })

  it('where one file is broken finds the others', () => {
    writeFileSync(join(folder, 'broken.jsonl'), '\u0000\u0001 not json\n{"at":1}\n')
    expect(found({ all: true })).toHaveLength(3)
  })
})

describe('limits', () => {
  it('the oldest threads are removed, by age and by size; one that is in use stays', () => {
    const day = 24 * 60 * 60 * 1000
    const now = 100 * day
    const file = (path: string, size: number, daysAgo: number) => ({ path, size, changed: now - daysAgo * day })
    const files = [file('new', 900, 0), file('a', 200, 1), file('b', 100, 5), file('old', 1, 40)]
    const gone = (days: number, bytes: number): string[] =>
      overLimits(files, { days, bytes }, now).map(({ path }) => path)
    expect(gone(90, 10_000)).toEqual([])
    expect(gone(30, 10_000)).toEqual(['old'])
    expect(gone(90, 1150)).toEqual(['b', 'old'])
    expect(gone(1, 10)).toEqual(['a', 'b', 'old'])
  })

  it('a run prunes once an hour at most', () => {
    const limits = { days: 30, bytes: 1e9 }
    const age = (name: string): void => utimesSync(join(folder, name), new Date(0), new Date(0))
    const left = (): number => sessionFiles(folder).length
    pruneHourly(folder, limits, silentLog)
    expect(existsSync(folder)).toBe(false)
    write('first', run('first'))
    age('first.jsonl')
    pruneHourly(folder, limits, silentLog)
    expect(left()).toBe(0)
    write('second', run('second'))
    age('second.jsonl')
    pruneHourly(folder, limits, silentLog)
    expect(left()).toBe(1)
    age('.pruned')
    pruneHourly(folder, limits, silentLog)
    expect(left()).toBe(0)
  })

  it('prune removes them', () => {
    write('old-one', run('old-one'))
    write('new-one', run('new-one'))
    utimesSync(join(folder, 'old-one.jsonl'), new Date(0), new Date(0))
    expect(prune(folder, { days: 30, bytes: 1e9 }, silentLog)).toHaveLength(1)
    expect(sessionFiles(folder).map(({ path }) => path)).toEqual([join(folder, 'new-one.jsonl')])
  })
})
