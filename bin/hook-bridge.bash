# Sends the payload of a codex hook to codex-plus over loopback and prints the answer: `hook-bridge.bash EVENT open|closed`.
# It uses bash's own sockets, so it starts no other program but cat.
LC_ALL=C

fail() {
  if [ "$2" = closed ]; then
    printf '%s\n' "The hooks of $1 did not run and hooks.onError is closed, so it is denied: codex-plus $3. Restart codex-plus." >&2
    exit 2
  fi
  printf '{"systemMessage":"The hooks of %s did not run, and codex continues without them: codex-plus %s. Restart codex-plus."}\n' "$1" "$3"
  exit 0
}

url=${CODEX_PLUS_BRIDGE#http://}
host=${url%%/*}
# bash reads a pipe by itself; it cannot read a socket that way, so cat does.
{ payload=$(</dev/stdin); } 2>/dev/null || payload=$(cat)
{ exec 3<>"/dev/tcp/${host%:*}/${host##*:}"; } 2>/dev/null || fail "$1" "$2" 'does not listen'
printf 'POST /%s/%s HTTP/1.1\r\nhost: %s\r\nconnection: close\r\ncontent-type: application/json\r\ncontent-length: %d\r\n\r\n%s' \
  "${url#*/}" "$1" "$host" "${#payload}" "$payload" >&3 2>/dev/null || fail "$1" "$2" 'closed the connection'

length=0
IFS=' ' read -r _ status _ <&3 || fail "$1" "$2" 'closed the connection'
while IFS= read -r line <&3; do
  line=${line%$'\r'}
  [ -z "$line" ] && break
  case $line in
    [Cc]ontent-[Ll]ength:*) length=${line#*: } ;;
  esac
done
case $status in
  204) exit 0 ;;
  200 | 409) ;;
  *) fail "$1" "$2" "answered with status ${status:-none}" ;;
esac
# bash takes line ends off the end of an output.
answer=$(cat <&3; printf x)
answer=${answer%x}
[ "${#answer}" -eq "$length" ] || fail "$1" "$2" 'sent an incomplete answer'
if [ "$status" = 409 ]; then
  printf '%s\n' "$answer" >&2
  exit 2
fi
printf '%s\n' "$answer"
exit 0
