# SPDX-License-Identifier: GPL-2.0-or-later
#
# Read one test's TAP: print what failed, with its diagnostics, then a last line
# "passed failed skipped". A test that does not keep to its plan, or that ended
# badly without saying so, has failed.
#
#   awk -v status=STATUS -v klog=KERNEL-WARNINGS -f tap.awk FILE

function is_result(line) {
	return line ~ /^(not )?ok( |$)/
}

# What stands around a failed result belongs to it: the harness prints its
# diagnostics before the result, scripts print theirs after it.
function close_result() {
	if (show_before || show_after)
		printf "%s", between
	between = ""
}

/^1\.\.[0-9]+/ {
	plan = substr($1, 4) + 0
	planned = 1
	if (plan == 0 && /# *[Ss][Kk][Ii][Pp]/) {
		skipped++
		print "    " $0
	}
	next
}

is_result($0) {
	bad = ($1 == "not")
	show_after = bad
	close_result()
	show_before = bad
	results++
	if (/# *([Ss][Kk][Ii][Pp]|XFAIL|TODO)/) {
		skipped++
		print "    " $0
	} else if (bad) {
		failed++
		print "    " $0
	} else {
		passed++
	}
	next
}

/^Bail out!/ { complain($0) }

{ between = between "    " $0 "\n" }

function complain(text) {
	complaints = complaints "    not ok - " text "\n"
	failed++
}

END {
	show_after = 0
	close_result()
	if (status == 124 || status == 137)
		complain("it did not end in time")
	else if (!planned)
		complain("it printed no plan (status " status ")")
	else if (status != 0 && status != 4 && !failed)
		complain("it ended with status " status)
	else if (results != plan)
		complain("it planned " plan " tests and ran " results + 0)
	if (klog != "")
		complain("the kernel warned while it ran:\n" klog)
	printf "%s", complaints
	print passed + 0, failed + 0, skipped + 0
}
