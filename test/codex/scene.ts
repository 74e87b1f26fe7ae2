import { afterEach, beforeEach } from 'vitest'
import { type Reply, type ScriptedUpstream, says, startScriptedUpstream } from '../fixtures/upstream/scripted.js'
import { CODEX_PLUS, type Lab, makeLab, type RunResult } from './lab.js'

/** What every test of a file starts from: a lab of its own whose model answers what the script says. */
interface Scene {
  lab: Lab
  upstream: ScriptedUpstream
  /** The reply to the n-th model request; `the answer` until a test says otherwise. */
  script: (n: number) => Reply
  /** Runs codex-plus in the lab to its end. */
  readonly run: (...args: string[]) => Promise<RunResult>
}

/** Sets a scene up before every test of the calling file and takes it down behind; `prepare` furnishes the lab. */
export function useScene(prepare: (lab: Lab) => void = () => {}): Scene {
  const run: Scene['run'] = (...args) => scene.lab.run(CODEX_PLUS, args)
  const scene = { run } as Scene
  beforeEach(async () => {
    scene.script = () => [says('the answer')]
    scene.upstream = await startScriptedUpstream((n) => scene.script(n))
    scene.lab = makeLab('apikey', `openai_base_url = "${scene.upstream.url}"`)
    prepare(scene.lab)
  })
  afterEach(async () => {
    scene.lab.remove()
    await scene.upstream.close()
  })
  return scene
}
