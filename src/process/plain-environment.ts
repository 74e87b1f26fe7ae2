/**
 * Returns the environment of a program whose output codex-plus reads, without what makes a shell in it read start files: what
 * these print would become a part of the output. bash reads BASH_ENV, other shells ENV, and a bash below level 2 reads
 * ~/.bashrc when its stdin is a socket or it runs over ssh.
 */
export function withoutStartFiles(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const { BASH_ENV: _bash, ENV: _sh, ...plain } = env
  return Number(plain.SHLVL) >= 1 ? plain : { ...plain, SHLVL: '1' }
}
