// SPDX-License-Identifier: GPL-2.0-or-later
/* ovpp doctor: the module, the rights to it and the daemon. */
#include "doctor.h"
#include "get.h"
#include "show.h"

#include <dirent.h>
#include <errno.h>
#include <grp.h>
#include <limits.h>
#include <linux/capability.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Is the module among those that modprobe finds for this kernel? */
static bool is_installed(const struct doctor *d)
{
	char release[256], path[PATH_MAX], line[4096];
	bool found = false;
	FILE *f;

	if (doctor_read(d, release, sizeof(release), "/proc/sys/kernel/osrelease"))
		return false;
	snprintf(path, sizeof(path), "%s/lib/modules/%.200s/modules.dep", d->root, release);
	f = fopen(path, "re");
	while (f && !found && fgets(line, sizeof(line), f))
		found = strstr(line, "/openvpp.ko");
	if (f)
		fclose(f);
	return found;
}

static void check_module(struct doctor *d)
{
	if (doctor_exists(d, "/sys/module/openvpp"))
		doctor_say(d, DOCTOR_OK, NULL, "openvpp is loaded");
	else if (is_installed(d))
		doctor_say(d, DOCTOR_FAIL, "modprobe openvpp",
			   "openvpp is installed but not loaded");
	else
		doctor_say(d, DOCTOR_FAIL,
			   "Install it for this kernel: make install (DKMS "
			   "builds it again for each new kernel).",
			   "openvpp is not installed for this kernel");
}

static void check_btf(struct doctor *d)
{
	static const char advice[] = "Hooks (eBPF policies) need it: build the module against "
				     "headers that have a vmlinux with BTF, with pahole installed.";

	if (!doctor_exists(d, "/sys/kernel/btf/vmlinux"))
		doctor_say(d, DOCTOR_WARN,
			   "Hooks (eBPF policies) need a kernel with "
			   "CONFIG_DEBUG_INFO_BTF=y.",
			   "the kernel has none");
	else if (!doctor_exists(d, "/sys/module/openvpp"))
		doctor_say(d, DOCTOR_SKIP, NULL, "the module is not loaded");
	else if (!doctor_exists(d, "/sys/kernel/btf/openvpp"))
		doctor_say(d, DOCTOR_WARN, advice, "the module has none");
	else
		doctor_say(d, DOCTOR_OK, NULL, "kernel and module have it");
}

static bool has_net_admin(const struct doctor *d)
{
	char path[PATH_MAX], line[256];
	unsigned long long caps = 0;
	FILE *f;

	snprintf(path, sizeof(path), "%s/proc/self/status", d->root);
	f = fopen(path, "re");
	while (f && fgets(line, sizeof(line), f)) {
		if (sscanf(line, "CapEff: %llx", &caps) == 1)
			break;
	}
	if (f)
		fclose(f);
	return caps >> CAP_NET_ADMIN & 1;
}

static void check_rights(struct doctor *d)
{
	if (has_net_admin(d))
		doctor_say(d, DOCTOR_OK, NULL, "CAP_NET_ADMIN: may change");
	else
		doctor_say(d, DOCTOR_WARN, "Run ovpp as root (sudo) to change.",
			   "no CAP_NET_ADMIN: may only look");
}

static void check_group(struct doctor *d)
{
	if (getgrnam("ovpp"))
		doctor_say(d, DOCTOR_OK, NULL, "ovpp exists");
	else
		doctor_say(d, DOCTOR_WARN, "make install, or: groupadd --system ovpp",
			   "there is no group ovpp; only root reads /dev/ovppN");
}

static void check_node(struct doctor *d, json_int_t id)
{
	char path[PATH_MAX];

	snprintf(path, sizeof(path), "%s/dev/ovpp%lld", d->root, (long long)id);
	if (!access(path, R_OK))
		doctor_say(d, DOCTOR_OK, NULL, "%s can be read", path);
	else if (errno == EACCES)
		doctor_say(d, DOCTOR_WARN, "Be a member of the group: usermod -aG ovpp $USER",
			   "%s cannot be read", path);
	else
		doctor_say(d, DOCTOR_FAIL, "Is devtmpfs mounted on /dev, and udev running?",
			   "%s: %s", path, strerror(errno));
}

static void check_nodes(struct doctor *d)
{
	json_t *site;
	size_t i;

	json_array_foreach (d->sites, i, site)
		check_node(d, get_int(site, "id"));
	if (!i)
		doctor_say(d, DOCTOR_SKIP, NULL, "there is no site");
}

static void check_udev(struct doctor *d)
{
	static const char *const dirs[] = {"/etc/udev/rules.d", "/usr/lib/udev/rules.d",
					   "/lib/udev/rules.d"};

	for (size_t i = 0; i < sizeof(dirs) / sizeof(dirs[0]); i++) {
		if (doctor_exists(d, "%s/60-openvpp.rules", dirs[i])) {
			doctor_say(d, DOCTOR_OK, NULL, "%s/60-openvpp.rules", dirs[i]);
			return;
		}
	}
	doctor_say(d, DOCTOR_WARN,
		   "make install; without it /dev/ovppN is root's alone and CAN "
		   "queues stay short",
		   "60-openvpp.rules is not installed");
}

static void find_daemon(const struct doctor_task *task, void *arg)
{
	int *pid = arg;

	if (!strcmp(task->comm, "ovppd"))
		*pid = task->tid;
}

static void check_daemon(struct doctor *d)
{
	int pid = 0;

	doctor_each_task(d, find_daemon, &pid);
	if (pid)
		doctor_say(d, DOCTOR_OK, NULL, "ovppd runs as process %d", pid);
	else
		doctor_say(d, DOCTOR_WARN, "systemctl enable --now ovppd",
			   "ovppd does not run: no heartbeat, nothing stored");
}

static void say_heartbeat(struct doctor *d, const json_t *site)
{
	const char *name = get_str(site, "name");
	json_t *age = json_object_get(site, "heartbeat_age_ms");
	json_int_t limit = get_int(site, "heartbeat_ms");

	if (!age)
		doctor_say(d, DOCTOR_WARN,
			   "Without a heartbeat the site stays at its safe "
			   "values. Is the site in ovppd's configuration?",
			   "%s: none has come", name);
	else if (json_integer_value(age) > limit)
		doctor_say(d, DOCTOR_WARN, "Is ovppd running? See journalctl -u ovppd",
			   "%s: the last one is %lld ms old", name,
			   (long long)json_integer_value(age));
	else
		doctor_say(d, DOCTOR_OK, NULL, "%s: %lld ms ago", name,
			   (long long)json_integer_value(age));
}

static void check_heartbeat(struct doctor *d)
{
	json_t *site;
	size_t i;

	json_array_foreach (d->sites, i, site)
		say_heartbeat(d, site);
	if (!i)
		doctor_say(d, DOCTOR_SKIP, NULL, "there is no site");
}

static void say_state(struct doctor *d, const json_t *site)
{
	const char *name = get_str(site, "name");
	const char *state = get_str(site, "state");
	const char *cause = get_str(site, "cause");
	char a[SHOW_TEXT], b[SHOW_TEXT];

	show_word(state ? state : "?", a);
	show_word(cause ? cause : "?", b);
	if (!strcmp(a, "fault"))
		doctor_say(d, DOCTOR_FAIL,
			   "Control is impossible: look at the PCC meter, ovpp "
			   "der list",
			   "%s is in fault (%s)", name, b);
	else if (!strcmp(a, "fail-safe"))
		doctor_say(d, DOCTOR_WARN,
			   "It needs heartbeats and then a setpoint: is ovppd "
			   "running?",
			   "%s is in fail-safe (%s)", name, b);
	else
		doctor_say(d, DOCTOR_OK, NULL, "%s: %s (%s)", name, a, b);
}

static void check_state(struct doctor *d)
{
	json_t *site;
	size_t i;

	json_array_foreach (d->sites, i, site)
		say_state(d, site);
	if (!i)
		doctor_say(d, DOCTOR_SKIP, NULL, "there is no site");
}

static void say_deadlines(struct doctor *d, const json_t *site)
{
	const char *name = get_str(site, "name");
	json_t *req = json_object(), *stats = NULL;
	long long missed, ticks;

	json_object_set(req, "site", json_object_get(site, "id"));
	if (ovpp_nl_do(d->cli->nl, "stats-get", req, &stats)) {
		doctor_say(d, DOCTOR_SKIP, NULL, "%s: %s", name, ovpp_nl_error(d->cli->nl));
		goto out;
	}
	missed = get_int(stats, "missed");
	ticks = get_int(stats, "ticks");
	if (missed)
		doctor_say(d, DOCTOR_WARN,
			   "See what else is wrong here; then ovpp stats reset, "
			   "and look at ovpp stats after a while.",
			   "%s: %lld missed in %lld ticks", name, missed, ticks);
	else
		doctor_say(d, DOCTOR_OK, NULL, "%s: none missed in %lld ticks", name, ticks);
out:
	json_decref(req);
	json_decref(stats);
}

static void check_deadlines(struct doctor *d)
{
	json_t *site;
	size_t i;

	json_array_foreach (d->sites, i, site)
		say_deadlines(d, site);
	if (!i)
		doctor_say(d, DOCTOR_SKIP, NULL, "there is no site");
}

static void check_swap(struct doctor *d)
{
	char path[PATH_MAX], line[256];
	int lines = 0;
	FILE *f;

	snprintf(path, sizeof(path), "%s/proc/swaps", d->root);
	f = fopen(path, "re");
	while (f && fgets(line, sizeof(line), f))
		lines++;
	if (f)
		fclose(f);
	if (lines > 1)
		doctor_say(d, DOCTOR_WARN,
			   "A heartbeat that waits for swap ends the lease: "
			   "swapoff -a, or MemorySwapMax=0 for ovppd.service",
			   "on");
	else
		doctor_say(d, DOCTOR_OK, NULL, "off");
}

const struct doctor_check doctor_module[] = {
	{"module", check_module},	{"module BTF", check_btf},	{"rights", check_rights},
	{"group", check_group},		{"device node", check_nodes},	{"udev rules", check_udev},
	{"daemon", check_daemon},	{"heartbeat", check_heartbeat}, {"site state", check_state},
	{"deadlines", check_deadlines}, {"swap", check_swap},		{0},
};
