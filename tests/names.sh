# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# What follows from a test's source file. Sourced, never run.

# test_name tests/unit/x.c: unit/x; of tests/kselftest/x.sh: x.
test_name() {
	local name=${1#tests/}

	name=${name#kselftest/}
	printf '%s\n' "${name%.*}"
}

# test_says SOURCE WORD: N of a line "WORD: N" in the first five of a test.
test_says() {
	sed -nE "1,5s!^ *(#|//|/?\*) *$2: *([0-9]+).*!\\2!p" "$1"
}

# test_timeout SOURCE: seconds that it may take.
test_timeout() {
	local seconds

	seconds=$(test_says "$1" timeout)
	printf '%s\n' "${seconds:-120}"
}
