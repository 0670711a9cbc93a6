// SPDX-License-Identifier: GPL-2.0-or-later
/* ovpp doctor: the kernel and its clocks. */
#include "doctor.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/timex.h>

/* The oldest kernel that the module supports. */
#define KERNEL_MAJOR 6
#define KERNEL_MINOR 12

static void check_version(struct doctor *d)
{
	char release[256];
	int major, minor;

	if (doctor_read(d, release, sizeof(release), "/proc/sys/kernel/osrelease") ||
	    sscanf(release, "%d.%d", &major, &minor) != 2)
		doctor_say(d, DOCTOR_SKIP, NULL, "cannot be read");
	else if (major < KERNEL_MAJOR || (major == KERNEL_MAJOR && minor < KERNEL_MINOR))
		doctor_say(d, DOCTOR_FAIL,
			   "Install Linux 6.12 or newer (Debian 12: "
			   "linux-image-6.12-rt-amd64 of bookworm-security).",
			   "%s is older than 6.12", release);
	else
		doctor_say(d, DOCTOR_OK, NULL, "%s", release);
}

/* The preemption model of a kernel that can change it, as it was started. */
static void say_dynamic(struct doctor *d)
{
	static const char advice[] = "For bounded latency boot a PREEMPT_RT kernel (Debian: "
				     "linux-image-rt-amd64); without one, preempt=full on the "
				     "kernel's command line.";
	char cmdline[4096] = "", *preempt;

	doctor_read(d, cmdline, sizeof(cmdline), "/proc/cmdline");
	preempt = strstr(cmdline, "preempt=");
	if (preempt)
		preempt[strcspn(preempt, " ")] = '\0';
	doctor_say(d, DOCTOR_WARN, advice, "not a real-time kernel: PREEMPT_DYNAMIC, %s",
		   preempt ? preempt : "preempt= not given");
}

static void check_realtime(struct doctor *d)
{
	char version[256] = "", flag[16] = "";

	doctor_read(d, version, sizeof(version), "/proc/sys/kernel/version");
	doctor_read(d, flag, sizeof(flag), "/sys/kernel/realtime");
	if (flag[0] == '1' || strstr(version, "PREEMPT_RT"))
		doctor_say(d, DOCTOR_OK, NULL, "PREEMPT_RT is active");
	else if (strstr(version, "PREEMPT_DYNAMIC"))
		say_dynamic(d);
	else
		doctor_say(d, DOCTOR_WARN,
			   "For bounded latency boot a PREEMPT_RT kernel "
			   "(Debian: linux-image-rt-amd64).",
			   "not a real-time kernel: %s",
			   *version ? version
				    : "/proc/sys/kernel/version "
				      "cannot be read");
}

/* Options of debug kernels that make every lock or allocation slower. */
static const char *const slow_options[] = {
	"CONFIG_PROVE_LOCKING=y",
	"CONFIG_DEBUG_LOCK_ALLOC=y",
	"CONFIG_LOCK_STAT=y",
	"CONFIG_KASAN=y",
	"CONFIG_KCSAN=y",
	"CONFIG_DEBUG_KMEMLEAK=y",
	"CONFIG_DEBUG_ATOMIC_SLEEP=y",
	"CONFIG_DEBUG_OBJECTS=y",
	"CONFIG_DEBUG_PAGEALLOC_ENABLE_DEFAULT=y",
};

static FILE *open_config(const struct doctor *d)
{
	char release[256], path[4400];

	if (doctor_read(d, release, sizeof(release), "/proc/sys/kernel/osrelease"))
		return NULL;
	snprintf(path, sizeof(path), "%s/boot/config-%s", d->root, release);
	return fopen(path, "re");
}

static void check_debug(struct doctor *d)
{
	FILE *f = open_config(d);
	char line[256], found[DOCTOR_TEXT] = "";

	if (!f) {
		doctor_say(d, DOCTOR_SKIP, NULL, "there is no /boot/config of this kernel");
		return;
	}
	while (fgets(line, sizeof(line), f)) {
		line[strcspn(line, "\n")] = '\0';
		for (size_t i = 0; i < sizeof(slow_options) / sizeof(slow_options[0]); i++) {
			if (!strcmp(line, slow_options[i]))
				doctor_list(found, sizeof(found), "%s", line);
		}
	}
	fclose(f);
	if (*found)
		doctor_say(d, DOCTOR_WARN, "Boot a kernel without them; they multiply latency.",
			   "%s", found);
	else
		doctor_say(d, DOCTOR_OK, NULL, "none that cost latency");
}

/* Taints that tell of trouble; that a module is not of the kernel's tree does not. */
static const struct {
	int bit;
	const char *what;
} taints[] = {
	{1, "a module was forced in"}, {4, "machine check"},	     {5, "bad page"},
	{7, "the kernel has oopsed"},  {9, "the kernel has warned"}, {14, "soft lockup"},
};

static void check_taint(struct doctor *d)
{
	char line[64], found[DOCTOR_TEXT] = "";
	unsigned long long taint;

	if (doctor_read(d, line, sizeof(line), "/proc/sys/kernel/tainted")) {
		doctor_say(d, DOCTOR_SKIP, NULL, "cannot be read");
		return;
	}
	taint = strtoull(line, NULL, 10);
	for (size_t i = 0; i < sizeof(taints) / sizeof(taints[0]); i++) {
		if (taint >> taints[i].bit & 1)
			doctor_list(found, sizeof(found), "%s", taints[i].what);
	}
	if (*found)
		doctor_say(d, DOCTOR_WARN, "Look for the reason in dmesg, then restart.", "%s",
			   found);
	else
		doctor_say(d, DOCTOR_OK, NULL, "%s",
			   taint ? "only modules from outside the kernel's tree" : "none");
}

static void check_clocksource(struct doctor *d)
{
	char name[64];

	if (doctor_read(d, name, sizeof(name),
			"/sys/devices/system/clocksource/clocksource0/"
			"current_clocksource"))
		doctor_say(d, DOCTOR_SKIP, NULL, "cannot be read");
	else if (!strcmp(name, "tsc") || !strcmp(name, "arch_sys_counter") ||
		 !strcmp(name, "kvm-clock"))
		doctor_say(d, DOCTOR_OK, NULL, "%s", name);
	else if (strstr(name, "jiffies"))
		doctor_say(d, DOCTOR_FAIL,
			   "The loop's timer has no resolution; find out why "
			   "the kernel rejects the better clocks (dmesg).",
			   "%s", name);
	else
		doctor_say(d, DOCTOR_WARN,
			   "Reading it takes microseconds. If the processor's "
			   "counter is reliable, boot with tsc=reliable.",
			   "%s", name);
}

static void check_synchronised(struct doctor *d)
{
	struct timex tx = {0};
	int state = adjtimex(&tx);

	if (state < 0)
		doctor_say(d, DOCTOR_SKIP, NULL, "adjtimex: %s", strerror(errno));
	else if (state == TIME_ERROR || tx.status & STA_UNSYNC)
		doctor_say(d, DOCTOR_WARN,
			   "Run chrony or systemd-timesyncd: schedules and "
			   "records carry wall-clock time.",
			   "not synchronised");
	else
		doctor_say(d, DOCTOR_OK, NULL, "synchronised, error at most %ld us", tx.maxerror);
}

const struct doctor_check doctor_kernel[] = {
	{"kernel version", check_version},
	{"real-time kernel", check_realtime},
	{"debug options", check_debug},
	{"kernel taint", check_taint},
	{"clock source", check_clocksource},
	{"clock sync", check_synchronised},
	{0},
};
