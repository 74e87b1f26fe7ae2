import { createCommandEngine } from '../../commands/command-engine.js'
import { limitProblems } from '../../config/limit-problems.js'
import { listHooks } from '../../hooks/list-hooks.js'
import { openModulesOf } from '../folder-modules.js'
import { about, type Check } from './finding.js'

/** Reports the slash commands and modules, and those that cannot be used. */
export const commandsCheck: Check = {
  topic: 'commands',
  async run({ settings, env, cwd }) {
    const { ok, note, bad } = about('commands')
    const off = [...(settings.commands ? [] : [note('switched off')]), ...(settings.safe ? [note('safe mode')] : [])]
    if (off.length > 0) return off
    const problems: string[] = []
    const modules = openModulesOf(settings, { env, cwd }, { onProblem: (line) => problems.push(line) })
    const loaded = settings.modules ? await modules.load() : []
    await modules.close()
    const { dialect, shellTimeoutMs, commandLists: lists } = settings
    const found = createCommandEngine({ cwd, env, dialect, shellTimeoutMs, lists })
    const rows = found.rows()
    const own = loaded.filter(({ path }) => path !== null)
    return [
      ok(`${rows.length} from files, dialect ${dialect}`),
      ...[...rows.flatMap(({ problem }) => problem ?? []), ...found.index().problems].map(bad),
      about('modules').ok(
        settings.modules ? `${own.length} of your own, ${loaded.length - own.length} built in` : 'switched off',
      ),
      // A module of an untrusted folder is not an error.
      ...problems.map((line) => about('modules')[line.includes('is not trusted') ? 'note' : 'bad'](line)),
    ]
  },
}

/** Reports the hooks that run, those that do not, and the errors in their files. */
export const hooksCheck: Check = {
  topic: 'hooks',
  run({ settings, env, cwd }) {
    const { ok, note, bad } = about('hooks')
    const { hooks, problems } = listHooks({ cwd, env, enabled: settings.hooks.enabled })
    const running = hooks.filter(({ runs }) => runs)
    const events = [...new Set(running.map(({ event }) => event))]
    return [
      ok(running.length === 0 ? 'none' : `${running.length}, for ${events.join(', ')}`),
      ...hooks.flatMap(({ why, event, source }) => (why === null ? [] : [note(`${source}: a ${event} hook: ${why}`)])),
      ...limitProblems(problems).map(bad),
    ]
  },
}
