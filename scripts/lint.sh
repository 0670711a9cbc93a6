#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# lint.sh [CHECK...]: style and static checks of every language here. Each check
# is a function below; all run, and the last line says how many found something.

set -eu -o pipefail

cd -- "$(dirname -- "$0")/.."
. tests/vm/lib.sh

KSRC=${KSRC:-$CACHE/linux-source-6.12}
CHECKS="warnings sparse checkpatch kernel_doc format shell contracts netlink spec sunspec spdx"

# Sources written here, as opposed to generated ones.
kernel_sources() {
	git ls-files 'kmod/*.[ch]' 'kmod/core/*.[ch]' | grep -v '_gen\.[ch]$'
}

user_sources() {
	git ls-files 'userspace/*.[ch]' 'tests/*.[ch]' | grep -v '_gen\.[ch]$'
}

# build_module OUT MAKE-ARGUMENT...: a build of the module of its own, with its log.
build_module() {
	local out=$1 log=$BUILD/lint/$1.log

	shift
	mkdir -p "$BUILD/lint/$out"
	cp -rsf "$TREE/kmod" "$TREE/include" "$BUILD/lint/$out/"
	find "$BUILD/lint/$out" -xtype l -delete
	make -C "$KDIR/usr/src/linux-headers-$(kernel_release)" \
		M="$BUILD/lint/$out/kmod" "$@" modules >"$log" 2>&1 ||
		{ cat "$log"; return 1; }
	# What is ours: the headers' own remarks are not.
	! grep -E "$BUILD/lint/$out/.*(warning|error):" "$log" | grep -v '_gen\.[ch]:'
}

check_warnings() {
	build_module warnings W=1
}

check_sparse() {
	rm -rf "$BUILD/lint/sparse"
	build_module sparse C=2 CF='-D__CHECK_ENDIAN__ -Wno-address-space-non-pointer'
}

# Not asked for: what is about patches and trees; what generated text and
# tracepoints look like by design; and the types that stand in for the kernel's
# where the core is built for user space.
NOT_CHECKED=FILE_PATH_CHANGES,SPDX_LICENSE_TAG,LINUX_VERSION_CODE,CONSTANT_COMPARISON
NOT_CHECKED+=,OPEN_ENDED_LINE,PARENTHESIS_ALIGNMENT,EMBEDDED_FUNCTION_NAME
NOT_CHECKED+=,PREFER_KERNEL_TYPES,UNCOMMENTED_DEFINITION

check_checkpatch() {
	kernel_sources | xargs -r perl "$KSRC/scripts/checkpatch.pl" --no-tree --terse --strict \
		--max-line-length=100 --show-types --no-summary --ignore "$NOT_CHECKED" --file
}

check_kernel_doc() {
	! { kernel_sources; git ls-files 'include/uapi/*.h'; } |
		xargs -r perl "$KSRC/scripts/kernel-doc" -none 2>&1 | grep -E 'warning|error'
}

check_format() {
	user_sources | xargs -r clang-format --dry-run -Werror
}

# Not asked for: functions that are called by name, and files of the kernel source.
check_shell() {
	git ls-files | while read -r file; do
		case $file in
		*.sh | .ci/*) echo "$file" ;;
		*) if head -c 30 "$file" | grep -aqE '^#!.*/(ba)?sh'; then echo "$file"; fi ;;
		esac
	done | xargs -r shellcheck -x --exclude SC2317,SC1091
}

# Without Node they are not looked at.
check_contracts() {
	! scripts/contracts.sh packages || scripts/contracts.sh fmt --check
}

# The generated netlink code is what the generator makes today.
check_netlink() {
	scripts/netlink-gen.sh --check
}

check_spec() {
	/usr/bin/python3 scripts/spec-table.py | cmp - userspace/lib/spec_gen.c
}

check_sunspec() {
	/usr/bin/python3 scripts/sunspec-table.py | cmp - userspace/lib/sunspec_gen.c
}

check_spdx() {
	! git ls-files '*.[ch]' '*.sh' '*.py' '*.awk' '*.sol' '*.mjs' '*.toml' Makefile | while read -r file; do
		head -n 3 "$file" | grep -q SPDX-License-Identifier || echo "$file: no SPDX line"
	done | grep .
}

load_kernel "${KERNEL:-6.12}"
failed=0
# shellcheck disable=SC2048
for check in ${*:-$CHECKS}; do
	if "check_$check" >"$BUILD/lint.out" 2>&1; then
		printf '  ok      %s\n' "$check"
	else
		printf '  FAILED  %s\n' "$check"
		sed 's/^/    /' "$BUILD/lint.out"
		failed=$((failed + 1))
	fi
done
echo "lint: $failed of $(wc -w <<<"${*:-$CHECKS}") checks found something"
[[ $failed == 0 ]]
