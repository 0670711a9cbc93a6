# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
#
# What tests in shell have in common, beside the kernel's ktap_helpers.sh, which they
# read first. $TMP or $DIR is a folder of the test's own.

# run STATUS WORD...: ovpp, whose status is to be STATUS; OUT is standard output, ERR
# the other.
run() {
	local wanted=$1 status=0

	shift
	OUT=$(timeout 60 ovpp "$@" 2>"${TMP:-$DIR}/err" </dev/null) || status=$?
	ERR=$(<"${TMP:-$DIR}/err")
	[ "$status" = "$wanted" ] && return
	ktap_print_msg "ovpp $*: status $status, not $wanted: $OUT $ERR"
	return 1
}

# says TEXT: the last command said it, whatever the width of its columns.
says() {
	case $(tr -s ' ' <<<"$OUT ${ERR:-}") in
	*"$1"*) ;;
	*) ktap_print_msg "not said: $1; said: $OUT ${ERR:-}"; return 1 ;;
	esac
}

# wait_for SECONDS COMMAND...: until it succeeds.
wait_for() {
	local tries=$(($1 * 5))

	shift
	while ! "$@" >/dev/null 2>&1; do
		[ $((tries--)) -gt 0 ] || { ktap_print_msg "in vain: $*"; return 1; }
		sleep 0.2
	done
}

# until_true COMMAND...: within twenty seconds.
until_true() { wait_for 20 "$@"; }

# One interpreter for all of a test: under emulation it takes longer to start than most
# of what is tested.
JSON_SERVER='
import json, os
have = b""
while part := os.read(0, 65536):
    have += part
    while have.count(b"\0") >= 2:
        expression, o, have = have.split(b"\0", 2)
        try:
            verdict = bool(eval(expression, {"o": json.loads(o)}))
        except Exception as error:
            verdict = repr(error)
        print(verdict, flush=True)'

# json EXPRESSION: of the last output as "o" is true, in Python.
json() {
	local verdict=

	[ -n "${JSON_PID:-}" ] || coproc JSON { exec python3 -c "$JSON_SERVER"; }
	printf '%s\0%s\0' "$1" "$OUT" >&"${JSON[1]}" && read -r verdict <&"${JSON[0]}"
	[ "$verdict" = True ] && return
	ktap_print_msg "not so: $1 ($verdict): $(printf '%s' "$OUT" | tr -d '\n' | cut -c 1-400)"
	return 1
}
