#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
#
# klog.sh [FILE]: print the lines of a kernel log that say that something went
# wrong in the kernel. Status 1 when there are any.

set -eu

PATTERN='WARNING:|BUG:|Oops|kernel BUG at|Kernel panic|general protection fault'
PATTERN="$PATTERN|Unable to handle kernel|unable to handle|divide error:|stack-protector"
PATTERN="$PATTERN|possible (recursive|circular|irq lock|deadlock)|inconsistent lock state"
PATTERN="$PATTERN|INFO: (possible|task .* blocked|trying to register|suspicious|.*rcu.*(stall|detected))"
PATTERN="$PATTERN|rcu.*(self-detected stall|detected stalls|kthread starved)|suspicious RCU usage"
PATTERN="$PATTERN|soft lockup|hard LOCKUP|scheduling while atomic|sleeping function called"
PATTERN="$PATTERN|UBSAN:|KASAN:|KCSAN:|KFENCE:|KMSAN:|kmemleak: [0-9]+ new|ODEBUG:|DEBUG_LOCKS_WARN"
PATTERN="$PATTERN|refcount_t:|list_(add|del) corruption|unregister_netdevice: waiting"
PATTERN="$PATTERN|workqueue: .*(lockup|hogged)|Bad page|Slab corruption|Call Trace:"

HARMLESS=$(grep -v '^#' "$(dirname "$0")/klog.harmless" | paste -sd'|')

found=$(grep -E "$PATTERN" "${1:--}" | grep -vE "$HARMLESS" | head -n 60) || true
[ -z "$found" ] || {
	printf '%s\n' "$found"
	exit 1
}
